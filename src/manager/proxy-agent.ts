import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';

import { BaiError } from '../errors.js';
import type { Proxy } from './proxy-choice.js';
import type { Trust } from './trust.js';

type Created = (error: Error | null, stream: Duplex) => void;

/** The agent for an endpoint behind a proxy: every connection begins with a CONNECT. */
export function proxyAgent(
  proxy: Proxy,
  secure: boolean,
  options: https.AgentOptions,
  timeout: number,
): http.Agent {
  return secure
    ? new SecureConnectAgent(proxy, options, timeout)
    : new PlainConnectAgent(proxy, options, timeout);
}

class PlainConnectAgent extends http.Agent {
  readonly #proxy: Proxy;
  readonly #timeout: number;

  constructor(proxy: Proxy, options: http.AgentOptions, timeout: number) {
    super(options);
    this.#proxy = proxy;
    this.#timeout = timeout;
  }

  override createConnection(options: http.ClientRequestArgs, created?: Created): undefined {
    openTunnel(this.#proxy, options, {}, this.#timeout).then(
      (socket) => created?.(null, socket),
      (error: unknown) => {
        fail(created, error);
      },
    );
  }
}

class SecureConnectAgent extends https.Agent {
  readonly #proxy: Proxy;
  readonly #timeout: number;

  constructor(proxy: Proxy, options: https.AgentOptions, timeout: number) {
    super(options);
    this.#proxy = proxy;
    this.#timeout = timeout;
  }

  override createConnection(options: https.RequestOptions, created?: Created): undefined {
    const { secureContext, rejectUnauthorized } = this.options;
    const trust: Trust = {
      ...(secureContext === undefined ? {} : { secureContext }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    };
    openTunnel(this.#proxy, options, trust, this.#timeout).then(
      (socket) => {
        const { host, servername } = options as tls.ConnectionOptions;
        const end = tls.connect({
          socket,
          host: host ?? '',
          servername: servername ?? '',
          ...trust,
        });
        const failed = (error: Error): void => {
          fail(created, error);
        };
        end.once('error', failed);
        // A handshake that nobody waits for any more must not hold the process.
        end.setTimeout(this.#timeout, () => end.destroy());
        end.once('secureConnect', () => {
          end.removeListener('error', failed);
          end.setTimeout(0);
          created?.(null, end);
        });
      },
      (error: unknown) => {
        fail(created, error);
      },
    );
  }
}

/** The types of Node ask for a stream also where there is none. */
function fail(created: Created | undefined, error: unknown): void {
  const reason = error instanceof Error ? error : new Error(String(error));
  (created as ((error: Error) => void) | undefined)?.(reason);
}

/**
 * Asks the proxy for a connection to the endpoint (RFC 9110, section 9.3.6).
 * @throws BaiError `proxy-unreachable`, `proxy-timeout`, `proxy-needs-password`, `proxy-refused`
 */
function openTunnel(
  proxy: Proxy,
  target: http.ClientRequestArgs,
  trust: Trust,
  timeout: number,
): Promise<Duplex> {
  const host = target.host ?? '';
  const authority = `${host.includes(':') ? `[${host}]` : host}:${target.port ?? 443}`;
  const options: https.RequestOptions = {
    hostname: proxy.hostname,
    port: proxy.port,
    method: 'CONNECT',
    path: authority,
    agent: false,
    headers: {
      Host: authority,
      ...(proxy.authorization === undefined ? {} : { 'Proxy-Authorization': proxy.authorization }),
    },
    ...(proxy.secure ? trust : {}),
  };
  return new Promise((resolve, reject) => {
    const request = proxy.secure ? https.request(options) : http.request(options);
    const timer = setTimeout(() => {
      reject(
        new BaiError(
          'proxy-timeout',
          `the proxy ${proxy.name} did not connect to ${authority} within ${timeout / 1000} s`,
          'check that the endpoint is reachable from the proxy, or exempt it by NO_PROXY',
        ),
      );
      request.destroy();
    }, timeout);
    request.once('connect', (answer, socket, head) => {
      clearTimeout(timer);
      if (answer.statusCode === 200) {
        // The endpoint speaks only when spoken to; what came early belongs to it all the same.
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(refused(proxy, authority, answer.statusCode ?? 0));
    });
    request.once('error', (cause) => {
      clearTimeout(timer);
      reject(
        new BaiError(
          'proxy-unreachable',
          `the proxy ${proxy.name} cannot be used: ${cause.message}`,
          'check --proxy or HTTPS_PROXY, or exempt the endpoint by NO_PROXY',
          { cause },
        ),
      );
    });
    request.end();
  });
}

function refused(proxy: Proxy, authority: string, status: number): BaiError {
  return status === 407
    ? new BaiError(
        'proxy-needs-password',
        `the proxy ${proxy.name} wants a user name and password (status 407)`,
        'put them into HTTPS_PROXY: http://user:password@host:port, with special characters as %XX',
      )
    : new BaiError(
        'proxy-refused',
        `the proxy ${proxy.name} does not connect to ${authority} (status ${status})`,
        'ask whoever runs the proxy to allow it, or exempt the endpoint by NO_PROXY',
      );
}
