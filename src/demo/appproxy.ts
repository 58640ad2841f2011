import { randomUUID } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { closer } from './closing.js';
import { ok, type ApiRequest } from './api.js';
import type { Gate } from './front-end.js';
import { Problem, type Answer } from './problems.js';
import { secret } from './secrets.js';

/** Where a token leads. */
interface Grant {
  readonly sessionId: string;
  readonly app: string;
  readonly host: string;
  readonly port: number;
}

/** What the manager needs of the AppProxy. */
export interface AppProxy {
  readonly endpoint: string;
  /** Remembers a grant and returns the token that stands for it. */
  issueToken(grant: Grant): string;
}

/** A coordinator and its one worker, in one server. */
export class AppProxyDesk {
  /** No worker takes TCP. */
  noWorker = false;
  endpoint = '';
  readonly #grants = new Map<string, Grant>();
  /** Open circuits by session and app. */
  readonly #circuits = new Map<string, Server>();
  readonly #closers: (() => Promise<void>)[] = [];
  /** Worker tickets by id. */
  readonly #tickets = new Map<string, { readonly grant: Grant; readonly port: number }>();

  issueToken(grant: Grant): string {
    const token = secret(randomUUID());
    this.#grants.set(token, grant);
    return token;
  }

  /** What the servers answer: browsers are let in from everywhere. */
  gate(): Gate {
    return {
      messageLimit: 0,
      tellsEnds: false,
      answer: (message, request) => this.#answer(request, message.headers.accept ?? ''),
      upgrade: () => {
        throw new Problem('url-not-found');
      },
      upgradeProblem: (problem) => problem,
      headers: () => ({ 'Access-Control-Allow-Origin': '*' }),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#closers.map((close) => close()));
  }

  async #answer(request: ApiRequest, accept: string): Promise<Answer> {
    const { path, query } = request;
    if (request.method !== 'GET') throw new Problem('method-not-allowed');
    const [v2, proxy, token = '', sessionId = '', add] = path;
    if (path.join('/') === 'status')
      return ok({ api_version: 'v2', advertise_address: this.endpoint });
    if (path.join('/') === 'setup') return this.#setUp(query.get('token') ?? '');
    if (v2 !== 'v2' || proxy !== 'proxy') throw new Problem('url-not-found');
    if (path.length === 3 && token === 'auth') return this.#authorize(query, accept);
    if (path.length !== 5 || add !== 'add') throw new Problem('url-not-found');
    this.#grant(token, sessionId);
    const next = new URLSearchParams(query);
    next.set('token', token);
    next.set('session_id', sessionId);
    return ok({ code: 200, url: `${this.endpoint}/v2/proxy/auth?${next.toString()}` });
  }

  #grant(token: string, sessionId: string): Grant {
    const grant = this.#grants.get(token);
    if (grant?.sessionId !== sessionId) throw new Problem('no-authorization');
    return grant;
  }

  async #authorize(query: URLSearchParams, accept: string): Promise<Answer> {
    const grant = this.#grant(query.get('token') ?? '', query.get('session_id') ?? '');
    if (this.noWorker || query.get('protocol') !== 'tcp') throw new Problem('no-worker');
    const reused = this.#circuits.has(circuitKey(grant));
    const port = await this.#circuit(grant, Number(query.get('port') ?? 0));
    const ticket = secret(randomUUID());
    this.#tickets.set(ticket, { grant, port });
    const redirectUrl = `${this.endpoint}/setup?token=${ticket}`;
    if (accept.includes('application/json'))
      return ok({ redirect_url: redirectUrl, reuse: reused });
    return { status: 308, headers: { Location: redirectUrl }, body: Buffer.alloc(0) };
  }

  #setUp(ticket: string): Answer {
    const entry = this.#tickets.get(ticket);
    if (entry === undefined) throw new Problem('no-authorization');
    const gateway = encodeURIComponent(`tcp://127.0.0.1:${String(entry.port)}`);
    // The helper program that listened on this port is long retired.
    const start = 'http://localhost:45678/start?directTCP=true';
    const redirect = `${start}&auth=${ticket}&proto=tcp&gateway=${gateway}`;
    return ok({ redirect, redirectURI: redirect });
  }

  /** The open port of a circuit, opened now if need be. There is no authentication on it. */
  async #circuit(grant: Grant, preferredPort: number): Promise<number> {
    const key = circuitKey(grant);
    const open = this.#circuits.get(key);
    if (open !== undefined) return (open.address() as AddressInfo).port;
    const server = createServer((socket) => {
      const sshd = connect({ host: grant.host, port: grant.port, noDelay: true });
      socket.pipe(sshd).pipe(socket);
      socket.on('error', () => sshd.destroy());
      sshd.on('error', () => socket.destroy());
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', () => {
        reject(new Problem('port-taken'));
      });
      server.listen(preferredPort, '127.0.0.1', resolve);
    });
    this.#circuits.set(key, server);
    this.#closers.push(closer(server));
    return (server.address() as AddressInfo).port;
  }
}

function circuitKey({ sessionId, app }: Grant): string {
  return `${sessionId} ${app}`;
}
