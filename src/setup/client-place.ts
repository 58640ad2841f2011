import type { SocketAddress } from '../manager/socket-address.js';
import type { SiteRecord } from './state.js';

/** Where the clients of a site connect to: its assigned port of this computer, or the direct address. */
export function clientPlace({ port, direct }: SiteRecord): SocketAddress {
  return direct ?? { host: '127.0.0.1', port };
}
