import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { BaiError } from '../errors.js';
import { answerError } from './answer-error.js';
import { readGreeting, type Greeting } from './api-version.js';
import { loginAuthenticator, signingAuthenticator, type Authenticator } from './authenticator.js';
import type { ApiCredentials, LoginCredentials } from './credentials.js';
import { Connection, type ConnectionOptions } from './connection.js';
import { parseEndpoint, type Endpoint } from './endpoint.js';
import { foreignAnswerError, type Asked } from './foreign-answer.js';
import { UNREACHABLE } from './network-error.js';
import { parseJson } from './problem.js';
import { connectTo, type Connected } from './connected.js';
import { pauseAfter, readRateLimit, type RateLimit } from './rate-limit.js';
import type { HttpAnswer } from './transport.js';
import type { Trust } from './trust.js';

export interface ClientOptions extends ConnectionOptions {
  /** Told to the person when requests run short, and while a call waits for more. */
  readonly notice?: (line: string) => void;
  /** Waits so many milliseconds; a clock's own unless a test gives another. */
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

/** One call to the manager, in its own terms. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Path of the manager's API with each segment already encoded, e.g. `/admin/gql`. */
  readonly path: string;
  /** Query parameters in the order they are sent. */
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** The longest answer to accept, in bytes; 8 MiB unless told. */
  readonly maxBytes?: number;
}

/** A WebSocket upgrade, ready to be sent. */
export interface Upgrade {
  readonly server: Endpoint;
  /** The request target: path and query in the bytes that are sent and signed. */
  readonly target: string;
  /** Authentication included. Secret: never logged. */
  readonly headers: Record<string, string>;
  /** Whom TLS trusts. */
  readonly trust: Trust;
  /** Opens the connection, where the way leads through a proxy. */
  readonly connect?: () => Promise<Socket>;
  /** Why the session has ended, or `null`; where the server does not tell that on the WebSocket. */
  readonly isOver?: (signal: AbortSignal) => Promise<BaiError | null>;
}

/** A page of 100 sessions with all their ports is some 100 KiB; this leaves room for much more. */
const MAX_ANSWER = 8 * 1024 * 1024;

/** WebUI sends this with every request, body or not, and it is always signed (protocol section 1.3). */
const CONTENT_TYPE = 'application/json';

/**
 * Talks to one Backend.AI site as one user. The first call asks which API version the server speaks;
 * where several endpoints are given, the first that can be reached is used from then on.
 */
export class ManagerClient {
  readonly authenticator: Authenticator;
  /** What ends the calls, where somebody does not wait for them for long: see `within`. */
  readonly signal: AbortSignal | undefined;
  readonly #options: ClientOptions;
  readonly #shared: Connected;

  /**
   * @param within what another client shares, and what ends the calls: see `within`
   * @throws BaiError `endpoint-invalid` and its kin
   */
  constructor(
    endpoints: readonly [string, ...string[]],
    authenticator: Authenticator,
    options: ClientOptions = {},
    within?: { readonly shared: Connected; readonly signal: AbortSignal },
  ) {
    this.authenticator = authenticator;
    this.#options = options;
    this.#shared = within?.shared ?? connectTo(endpoints, options);
    this.signal = within?.signal;
  }

  /** The endpoint in use, normalised. */
  get endpoint(): Endpoint {
    return this.#shared.connection.endpoint;
  }

  /**
   * The same client, whose calls end when `signal` says so, with its reason, which is to be a BaiError:
   * somebody waits for them who will not wait for long. So they do not wait for the rate limit, either.
   */
  within(signal: AbortSignal): ManagerClient {
    const shared = this.#shared;
    const { url } = this.endpoint;
    return new ManagerClient([url], this.authenticator, this.#options, { shared, signal });
  }

  /** What the server says about itself; asked once. */
  greeting(): Promise<Greeting> {
    return this.#shared.greeting.wait((signal) => this.#greet(signal), this.signal);
  }

  /**
   * Sends one authenticated call and returns the answer, whatever its status. Where the rate limit is
   * used up it waits and tries again, a few times; where the endpoint is gone, the others are tried.
   */
  async call(call: Call): Promise<HttpAnswer> {
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#callSomewhere(call);
      this.#watch(readRateLimit(answer));
      const mayWait = answer.status === 429 && this.signal === undefined;
      const pause = mayWait ? pauseAfter(answer, attempt) : undefined;
      if (pause === undefined) return answer;
      this.#options.notice?.(`the request limit is used up; trying again in ${pause} s`);
      await (this.#options.sleep ?? sleep)(pause * 1000);
    }
  }

  /**
   * Sends one authenticated call and returns the JSON of its success.
   * @throws BaiError for everything else: see answer-error.ts
   */
  async callForJson(call: Call): Promise<unknown> {
    const answer = await this.call(call);
    const body = isSuccess(answer) ? parseJson(answer.body) : undefined;
    if (body === undefined) throw this.error(answer, call);
    return body;
  }

  /** The error that an answer to `call` stands for. */
  error(answer: HttpAnswer, call: Pick<Call, 'method' | 'path' | 'query'>): BaiError {
    const asked = this.#asked(call.method, this.#target(call.path, call.query));
    return isSuccess(answer) ? foreignAnswerError(answer, asked) : answerError(answer, asked);
  }

  /**
   * A connection to another server of the site, by the same way through the network. Its requests are
   * not logged: their addresses hold secrets.
   */
  connectionTo(endpoint: string): Connection {
    const signal = this.signal === undefined ? {} : { signal: this.signal };
    const options = { ...this.#options, ...signal, log: () => undefined };
    return new Connection(parseEndpoint(endpoint), options);
  }

  /** Target and headers of an authenticated WebSocket upgrade, fresh: a signature carries the time. */
  async upgrade(path: string, query: Readonly<Record<string, string>>): Promise<Upgrade> {
    const { apiVersion } = await this.greeting();
    const target = this.#target(path, query);
    const { trust, connect } = this.#shared.connection.route;
    return {
      server: this.endpoint,
      target,
      headers: this.#headers('GET', target, apiVersion),
      trust,
      ...(connect === undefined ? {} : { connect }),
    };
  }

  /**
   * Tells when the budget of requests runs low, since many parallel connections use it up: once, and
   * once more each time that it had recovered.
   */
  #watch(rate: RateLimit | undefined): void {
    if (rate === undefined) return;
    // Well above the limit, or each request around it would be announced.
    if (rate.remaining >= rate.limit / 2) this.#shared.warned = false;
    if (this.#shared.warned || rate.remaining >= rate.limit / 10) return;
    this.#shared.warned = true;
    const { remaining, limit, window } = rate;
    this.#options.notice?.(
      `${remaining} of ${limit} requests are left for the next ${Math.round(window / 60)} minutes; fewer parallel connections save some`,
    );
  }

  async #callSomewhere(call: Call): Promise<HttpAnswer> {
    try {
      return await this.#callHere(call);
    } catch (error) {
      const others = this.#shared.connections.length > 1;
      if (!others || !(error instanceof BaiError) || !UNREACHABLE.has(error.code)) throw error;
      this.#shared.greeting.forget();
      return await this.#callHere(call);
    }
  }

  async #callHere(call: Call): Promise<HttpAnswer> {
    const { apiVersion } = await this.greeting();
    const target = this.#target(call.path, call.query);
    return await this.#shared.connection.send(call.method, target, {
      headers: this.#headers(call.method, target, apiVersion),
      maxBytes: call.maxBytes ?? MAX_ANSWER,
      signal: this.signal,
      ...(call.json === undefined ? {} : { body: JSON.stringify(call.json) }),
    });
  }

  async #greet(signal: AbortSignal): Promise<Greeting> {
    const { connections } = this.#shared;
    for (const [index, connection] of connections.entries()) {
      try {
        const greeting = await this.#greetAt(connection, signal);
        this.#shared.connection = connection;
        return greeting;
      } catch (error) {
        const last = index === connections.length - 1;
        if (last || !(error instanceof BaiError) || !UNREACHABLE.has(error.code)) throw error;
        this.#options.log?.(`${error.message}; trying the next endpoint`);
      }
    }
    throw new RangeError('a client has at least one endpoint');
  }

  async #greetAt(connection: Connection, signal: AbortSignal): Promise<Greeting> {
    const { endpoint } = connection;
    const target = `${endpoint.prefix}${this.authenticator.pathPrefix}/`;
    const answer = await connection.send('GET', target, {
      headers: { 'User-Agent': 'bai-win' },
      maxBytes: MAX_ANSWER,
      signal,
    });
    const asked = { ...this.#asked('GET', target), endpoint: endpoint.url };
    if (!isSuccess(answer)) throw answerError(answer, asked);
    const body = parseJson(answer.body);
    if (body === undefined) throw foreignAnswerError(answer, asked);
    return readGreeting(body, endpoint.url);
  }

  #headers(method: string, target: string, apiVersion: string): Record<string, string> {
    const { host } = this.endpoint;
    const now = new Date();
    const contentType = CONTENT_TYPE;
    return {
      'Content-Type': contentType,
      'User-Agent': 'bai-win',
      'X-BackendAI-Version': apiVersion,
      ...this.authenticator.headers({ method, target, host, contentType, apiVersion, now }),
    };
  }

  /** The request target, built once: these bytes are signed and sent. */
  #target(path: string, query: Readonly<Record<string, string>> = {}): string {
    const pairs = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value)}`);
    const search = pairs.length === 0 ? '' : `?${pairs.join('&')}`;
    return `${this.endpoint.prefix}${this.authenticator.pathPrefix}${path}${search}`;
  }

  #asked(method: string, target: string): Asked {
    const { mode, accessKey, origins } = this.authenticator;
    const now = new Date();
    return { endpoint: this.endpoint.url, method, target, mode, accessKey, origins, now };
  }
}

/** A client in API mode. */
export function apiClient(credentials: ApiCredentials, options: ClientOptions = {}): ManagerClient {
  return new ManagerClient(
    [credentials.endpoint, ...credentials.alternates],
    signingAuthenticator(credentials),
    options,
  );
}

/** A client in session mode: through the webserver, by its login. */
export function loginClient(
  credentials: LoginCredentials,
  options: ClientOptions = {},
): ManagerClient {
  return new ManagerClient(
    [credentials.endpoint, ...credentials.alternates],
    loginAuthenticator(credentials),
    options,
  );
}

/**
 * Percent-encodes everything but RFC 3986's unreserved characters, so that no URL parser on the way
 * re-encodes what was signed (`new URL` would turn `'` into `%27`).
 */
export function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/gu,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Whether an answer is a success: only then is its body the result. */
export function isSuccess(answer: HttpAnswer): boolean {
  return answer.status >= 200 && answer.status < 300;
}
