import { isIP } from 'node:net';

/** Where a TCP connection goes. */
export interface SocketAddress {
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  /** 1–65535. */
  readonly port: number;
}

/** Letters, digits, `-`, `_` and `.`, up to the 253 characters of a domain name (RFC 1035, section 2.3.4). */
const HOST_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}$/;

/**
 * An address that a server names, checked, because it goes into the settings of other programs; `null`
 * where it is none.
 *
 * @param host a scheme in front of it and what follows a slash do not count
 */
export function socketAddress(host: unknown, port: unknown): SocketAddress | null {
  if (typeof host !== 'string' || !Number.isInteger(port)) return null;
  const number = Number(port);
  const bare = host
    .trim()
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/\/.*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
  const isHost = isIP(bare) !== 0 || HOST_NAME.test(bare);
  return isHost && number >= 1 && number <= 65_535 ? { host: bare, port: number } : null;
}
