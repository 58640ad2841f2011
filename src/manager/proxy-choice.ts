import { BlockList, isIP } from 'node:net';

import { BaiError } from '../errors.js';
import type { Endpoint } from './endpoint.js';

/** An HTTP proxy that is asked to CONNECT. */
export interface Proxy {
  readonly secure: boolean;
  readonly hostname: string;
  readonly port: number;
  /** `host:port`, for people: without the password. */
  readonly name: string;
  /** Value of Proxy-Authorization, or `undefined`. Secret. */
  readonly authorization: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy through which to reach an endpoint, or `undefined` for the direct way: the explicit one,
 * else HTTPS_PROXY or HTTP_PROXY by the endpoint's scheme, else ALL_PROXY, in lower case first as curl
 * does, unless NO_PROXY names the host. The environment's proxies are never asked for this computer.
 * @throws BaiError `proxy-invalid`, `proxy-unsupported`
 */
export function chooseProxy(
  endpoint: Endpoint,
  env: Environment,
  explicit?: string,
): Proxy | undefined {
  if (explicit !== undefined) return parseProxy(explicit);
  if (isLoopback(endpoint.hostname)) return undefined;
  const read = (name: string): string | undefined => {
    const value = (env[name.toLowerCase()] ?? env[name] ?? '').trim();
    return value === '' ? undefined : value;
  };
  const address = read(endpoint.secure ? 'HTTPS_PROXY' : 'HTTP_PROXY') ?? read('ALL_PROXY');
  if (address === undefined || isExempt(endpoint, read('NO_PROXY') ?? '')) return undefined;
  return parseProxy(address);
}

function parseProxy(text: string): Proxy {
  const address = /^[a-z][a-z0-9+.-]*:\/\//iu.test(text) ? text : `http://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || url.hostname === '') {
    throw new BaiError(
      'proxy-invalid',
      'the address of the proxy cannot be read',
      'write it like http://proxy.example.com:3128, in --proxy or HTTPS_PROXY',
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new BaiError(
      'proxy-unsupported',
      `the proxy ${url.protocol}//${url.host} is of a kind that bai-win cannot use`,
      'set HTTPS_PROXY to an http:// or https:// proxy, or exempt the endpoint by NO_PROXY',
    );
  }
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const user = `${decoded(url.username, url.host)}:${decoded(url.password, url.host)}`;
  return {
    secure,
    hostname: url.hostname.replace(/^\[(.*)\]$/u, '$1'),
    port,
    name: `${url.hostname}:${port}`,
    authorization: user === ':' ? undefined : `Basic ${Buffer.from(user).toString('base64')}`,
  };
}

/** A user name or password as the address has it; it never gets into an error text. */
function decoded(part: string, host: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new BaiError(
      'proxy-invalid',
      `the user name or password of the proxy ${host} has a % that begins no character`,
      'write %25 for each % of it, in --proxy or HTTPS_PROXY',
    );
  }
}

function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|::1)$/iu.test(hostname);
}

/**
 * NO_PROXY as curl reads it: names separated by commas or blanks, each with all names below it, a
 * leading dot or `*.` making no difference; addresses and networks such as `10.0.0.0/8`; a port after
 * a name limits it to that port; `*` for everything.
 */
function isExempt({ hostname, port }: Endpoint, list: string): boolean {
  const host = hostname.toLowerCase();
  return list
    .toLowerCase()
    .split(/[\s,]+/u)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      if (isIP(host) !== 0 && entry.includes('/')) return isInNetwork(host, entry);
      const match = /^(?:\*?\.)?(\[[^\]]*\]|[^:]+|.*:.*:.*?)(?::(\d+))?$/u.exec(entry);
      const name = match?.[1]?.replace(/^\[(.*)\]$/u, '$1');
      if (name === undefined) return false;
      if (match?.[2] !== undefined && Number(match[2]) !== port) return false;
      return host === name || (isIP(host) === 0 && host.endsWith(`.${name}`));
    });
}

function isInNetwork(address: string, network: string): boolean {
  const [base = '', bits = ''] = network.split('/');
  const family = isIP(base) === 6 ? 'ipv6' : 'ipv4';
  const longest = family === 'ipv6' ? 128 : 32;
  if (isIP(base) === 0 || !/^\d{1,3}$/u.test(bits) || Number(bits) > longest) return false;
  const networks = new BlockList();
  networks.addSubnet(base, Number(bits), family);
  return networks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
