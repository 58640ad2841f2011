import type { Agent } from 'node:http';

import { BaiError } from '../errors.js';
import type { Endpoint } from './endpoint.js';
import { routeTo, type NetworkOptions, type Route } from './route.js';
import { DEFAULT_TIMEOUTS, exchange, type HttpAnswer, type Timeouts } from './transport.js';
import { authorities } from './trust.js';

export interface ConnectionOptions extends NetworkOptions {
  /** Called with one line for each request: method, target, status, milliseconds. Never a secret. */
  readonly log?: (line: string) => void;
  readonly timeouts?: Timeouts;
  /** Ends all requests, with its reason, a BaiError. */
  readonly signal?: AbortSignal;
  /** The operating system's certificate authorities, as PEM; the runtime's own reader by default. */
  readonly systemAuthorities?: () => readonly string[];
}

/** What is sent besides method and target. */
interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The longest answer to accept, in bytes. */
  readonly maxBytes: number;
  /** Ends this request, with its reason, a BaiError. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * After so long without a request, in milliseconds, kept connections are not used again. A computer that
 * slept or changed its network does not hear that they are dead, and would wait for an answer in vain.
 * By the clock on the wall, since the other one stands still while some systems sleep.
 */
const IDLE_MS = 5_000;

/** When an agent sent something last: several connections share one. */
const lastUsed = new WeakMap<Agent, number>();

/** Sends requests to one endpoint by one route, and logs them. */
export class Connection {
  readonly endpoint: Endpoint;
  readonly #options: ConnectionOptions;
  readonly #timeouts: Timeouts;
  #route: Route;
  #trustsSystem = false;

  /** @throws BaiError where the proxy's address cannot be used */
  constructor(endpoint: Endpoint, options: ConnectionOptions = {}) {
    this.endpoint = endpoint;
    this.#options = options;
    this.#timeouts = options.timeouts ?? DEFAULT_TIMEOUTS;
    this.#route = routeTo(endpoint, options, this.#timeouts.connect);
  }

  get route(): Route {
    return this.#route;
  }

  /** Sends one request as it is; see `exchange` for what it throws. */
  async send(method: string, target: string, message: Message): Promise<HttpAnswer> {
    const started = performance.now();
    const log = (outcome: string): void => {
      const milliseconds = Math.round(performance.now() - started);
      const via = this.#route.via === undefined ? '' : ` via ${this.#route.via}`;
      this.#options.log?.(`${method} ${target}${via} ${outcome} ${milliseconds} ms`);
    };
    const { agent } = this.#route;
    const now = Date.now();
    if (Math.abs(now - (lastUsed.get(agent) ?? now)) > IDLE_MS) dropIdle(agent);
    try {
      const { signal } = this.#options;
      const request = { method, endpoint: this.endpoint, target, signal, ...message };
      const answer = await exchange(request, this.#route, this.#timeouts);
      log(String(answer.status));
      return answer;
    } catch (error) {
      const code = error instanceof BaiError ? error.code : 'failed';
      log(code);
      if (code === 'tls-untrusted' && this.#trustSystem()) {
        return await this.send(method, target, message);
      }
      throw error;
    } finally {
      lastUsed.set(agent, Date.now());
    }
  }

  /**
   * Where a certificate is unknown, the operating system's store may know it: companies install theirs
   * there. It is read only then, because that takes long. `false` where there is nothing new to trust.
   */
  #trustSystem(): boolean {
    if (this.#trustsSystem) return false;
    this.#trustsSystem = true;
    const { systemAuthorities = () => authorities('system'), ca = [] } = this.#options;
    const system = systemAuthorities();
    if (system.length === 0) return false;
    const options = { ...this.#options, ca: [...ca, ...system] };
    this.#route = routeTo(this.endpoint, options, this.#timeouts.connect);
    this.#options.log?.(
      `trusting the ${system.length} authorities of the operating system as well`,
    );
    return true;
  }
}

/** Closes the connections that wait for a next request. */
function dropIdle({ freeSockets }: Agent): void {
  for (const sockets of Object.values(freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy();
  }
}
