import http from 'node:http';
import https from 'node:https';
import { isIP, Socket } from 'node:net';

import type { Endpoint } from './endpoint.js';
import { proxyAgent } from './proxy-agent.js';
import { chooseProxy } from './proxy-choice.js';
import { trustOf, type Trust } from './trust.js';

/** How to get from this computer to an endpoint. */
export interface NetworkOptions {
  /** Where HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY are looked up; none unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A proxy for every endpoint, whatever the environment says. */
  readonly proxy?: string;
  /** Further certificate authorities, each as PEM. */
  readonly ca?: readonly string[];
  /** Accept any certificate. Whoever sets this has to say so to the person, each time. */
  readonly insecure?: boolean;
}

export interface Route {
  /** Keeps connections for the next request; idle ones do not hold the process. */
  readonly agent: http.Agent;
  readonly trust: Trust;
  /**
   * Opens a connection for a WebSocket, which gets it to itself; `undefined` where this is the direct
   * way, which anybody can go.
   */
  readonly connect: (() => Promise<Socket>) | undefined;
  /** The agents hand out sockets that are connected through to the endpoint already. */
  readonly connected: boolean;
  /** `host:port` of the proxy, for logs. */
  readonly via: string | undefined;
}

/** The direct way with the usual trust is shared by all. */
const direct = {
  http: new http.Agent({ keepAlive: true }),
  https: new https.Agent({ keepAlive: true }),
};

/**
 * The route to an endpoint.
 * @param timeout for a proxy to connect, in milliseconds
 * @throws BaiError `proxy-invalid`, `proxy-unsupported`
 */
export function routeTo(endpoint: Endpoint, options: NetworkOptions, timeout: number): Route {
  const { secure } = endpoint;
  const proxy = chooseProxy(endpoint, options.env ?? {}, options.proxy);
  const trust = secure ? trustOf(options.ca, options.insecure === true) : {};
  if (proxy !== undefined) {
    const agent = proxyAgent(proxy, secure, { keepAlive: true, ...trust }, timeout);
    return {
      agent,
      trust,
      connect: () => connectBy(agent, endpoint),
      connected: true,
      via: proxy.name,
    };
  }
  const agent = !secure
    ? direct.http
    : Object.keys(trust).length === 0
      ? direct.https
      : new https.Agent({ keepAlive: true, ...trust });
  return { agent, trust, connect: undefined, connected: false, via: undefined };
}

/** A connection as the agent would make it for a request, but one that it never sees again. */
function connectBy(agent: http.Agent, endpoint: Endpoint): Promise<Socket> {
  return new Promise((resolve, reject) => {
    // The types of Node do not say that there is no stream where there is an error.
    const created = (error: Error | null, stream: unknown): void => {
      if (stream instanceof Socket) resolve(stream);
      else reject(error ?? new TypeError('the agent made no socket'));
    };
    agent.createConnection(addressOf(endpoint), created);
  });
}

/** The name for the certificate is left out where there is only an address (RFC 6066, section 3). */
function addressOf({ hostname, port }: Endpoint): {
  host: string;
  port: number;
  servername?: string;
} {
  return {
    host: hostname,
    port,
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
  };
}
