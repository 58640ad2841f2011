import http from 'node:http';
import https from 'node:https';

import { BaiError } from '../errors.js';
import type { Endpoint } from './endpoint.js';
import { networkError, timeoutError, type Phase } from './network-error.js';
import type { Route } from './route.js';

/** One request, ready to be put on the wire: nothing in it is changed or re-encoded any more. */
interface HttpRequest {
  readonly method: string;
  readonly endpoint: Endpoint;
  /** The request target: prefix, path and raw query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The longest answer to accept, in bytes. */
  readonly maxBytes: number;
  /** Ends the request, with its reason, a BaiError. */
  readonly signal?: AbortSignal | undefined;
}

/** A whole answer of any status but a redirect. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** How long each phase may take, in milliseconds. */
export interface Timeouts {
  /** Name lookup, TCP and TLS. */
  readonly connect: number;
  /** From the request sent to the answer's headers. */
  readonly answer: number;
  /** Silence within the answer's body. */
  readonly body: number;
}

/** The Python client connects within 10 s (protocol section 7.1); agents may take long to answer. */
export const DEFAULT_TIMEOUTS: Timeouts = { connect: 10_000, answer: 30_000, body: 30_000 };

/**
 * Sends one request over a kept connection where there is one. Redirects are not followed: a signature
 * is for one address only. A kept connection that the server has just closed is replaced once.
 * @throws BaiError for anything but a whole answer: see network-error.ts, `redirected`, `answer-too-large`
 */
export async function exchange(
  request: HttpRequest,
  route: Route,
  timeouts: Timeouts,
): Promise<HttpAnswer> {
  for (;;) {
    const outcome = await attempt(request, route, timeouts);
    if (outcome !== 'stale connection') return outcome;
  }
}

function attempt(
  request: HttpRequest,
  route: Route,
  timeouts: Timeouts,
): Promise<HttpAnswer | 'stale connection'> {
  const { endpoint, maxBytes, signal } = request;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const options: https.RequestOptions = {
      hostname: endpoint.hostname,
      port: endpoint.port,
      method: request.method,
      path: request.target,
      // Without it a proxy may compress the answer in any way it likes (RFC 9110, section 12.5.3).
      headers: { Host: endpoint.host, 'Accept-Encoding': 'identity', ...request.headers },
      agent: route.agent,
    };
    const outgoing = endpoint.secure ? https.request(options) : http.request(options);

    let timer: NodeJS.Timeout | undefined;
    let settled = false;
    const settle = (): void => {
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', abandon);
    };
    // Rejects before it destroys: the socket may be back with the agent, where no one would hear an
    // error that is given to destroy.
    const fail = (cause: unknown): void => {
      settle();
      reject(networkError(cause, endpoint));
      outgoing.destroy();
    };
    const abandon = (): void => {
      fail(signal?.reason);
    };
    signal?.addEventListener('abort', abandon);
    const enter = (phase: Phase): void => {
      clearTimeout(timer);
      if (settled) return;
      timer = setTimeout(() => {
        fail(timeoutError(phase, endpoint, timeouts[phase]));
      }, timeouts[phase]);
    };

    enter('connect');
    outgoing.on('socket', (socket) => {
      if (route.connected || outgoing.reusedSocket) enter('answer');
      else
        socket.once(endpoint.secure ? 'secureConnect' : 'connect', () => {
          enter('answer');
        });
    });
    outgoing.on('error', (cause: NodeJS.ErrnoException) => {
      if (outgoing.reusedSocket && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE')) {
        settle();
        resolve('stale connection');
      } else fail(cause);
    });
    outgoing.on('response', (incoming) => {
      const status = incoming.statusCode ?? 0;
      if (status >= 300 && status < 400) {
        fail(redirectError(endpoint, incoming.headers.location));
        return;
      }
      const chunks: Buffer[] = [];
      let length = 0;
      enter('body');
      incoming.on('data', (chunk: Buffer) => {
        enter('body');
        length += chunk.length;
        if (length <= maxBytes) chunks.push(chunk);
        else fail(tooLargeError(endpoint, maxBytes));
      });
      incoming.on('error', fail);
      incoming.on('end', () => {
        settle();
        resolve({ status, headers: incoming.headers, body: Buffer.concat(chunks) });
      });
    });
    outgoing.end(request.body);
  });
}

function redirectError(endpoint: Endpoint, location: string | undefined): BaiError {
  const target = location === undefined ? 'elsewhere' : `to ${location}`;
  return new BaiError(
    'redirected',
    `${endpoint.url} redirects ${target}, which a signed request must not follow`,
    (options) =>
      `if that address is right, give it as the endpoint: bai-win login <address>${options}`,
    { details: { location } },
  );
}

function tooLargeError(endpoint: Endpoint, maxBytes: number): BaiError {
  return new BaiError(
    'answer-too-large',
    `the answer from ${endpoint.url} is longer than ${maxBytes} bytes`,
    'check that the address is that of a Backend.AI manager',
  );
}
