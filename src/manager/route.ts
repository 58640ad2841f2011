import http from 'node:http';
import https from 'node:https';
import tls from 'node:tls';

import type { Endpoint } from './endpoint.js';
import { proxyAgent } from './proxy-agent.js';
import { chooseProxy } from './proxy-choice.js';

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
  /**
   * For WebSocket upgrades, each on a fresh connection; `undefined` where this is the direct way with
   * the usual trust, which needs no agent.
   */
  readonly upgradeAgent: http.Agent | undefined;
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
  const trust: https.AgentOptions = {
    ...(options.ca === undefined ? {} : { ca: [...authorities('default'), ...options.ca] }),
    ...(options.insecure === true ? { rejectUnauthorized: false } : {}),
  };
  if (proxy !== undefined) {
    const agent = (keepAlive: boolean): http.Agent =>
      proxyAgent(proxy, secure, { keepAlive, ...trust }, timeout);
    return { agent: agent(true), upgradeAgent: agent(false), connected: true, via: proxy.name };
  }
  if (secure && Object.keys(trust).length > 0) {
    const agent = (keepAlive: boolean): https.Agent => new https.Agent({ keepAlive, ...trust });
    return { agent: agent(true), upgradeAgent: agent(false), connected: false, via: undefined };
  }
  const agent = secure ? direct.https : direct.http;
  return { agent, upgradeAgent: undefined, connected: false, via: undefined };
}

/**
 * The authorities that the runtime trusts by default (naming another one replaces these), or those of
 * the operating system, as far as it can tell: from Node 22.15 on.
 */
export function authorities(store: 'default' | 'system'): readonly string[] {
  const { getCACertificates } = tls as { getCACertificates?: (store: string) => string[] };
  if (getCACertificates !== undefined) return getCACertificates(store);
  return store === 'default' ? tls.rootCertificates : [];
}
