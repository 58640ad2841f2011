import type { SocketAddress } from '../manager/socket-address.js';
import type { DirectPlace, SiteRecord } from './state.js';

/** Where the clients of a site connect to: its assigned port of this computer, or the direct address. */
export function clientPlace({ port, direct }: SiteRecord): SocketAddress {
  return direct ?? { host: '127.0.0.1', port };
}

/** How a site without a tunnel is reached, in words that follow `is reached`. */
export function directlyAt({ via, host, port }: DirectPlace): string {
  return via === 'direct'
    ? `directly at ${host}:${port}`
    : `at ${host}:${port}, a port of the AppProxy`;
}
