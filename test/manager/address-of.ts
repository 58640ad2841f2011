import type { Upgrade } from '../../src/manager/client.js';

/** The address of an upgrade, as a library for WebSockets wants it. */
export function addressOf({ server, target }: Upgrade): string {
  return `${server.secure ? 'wss' : 'ws'}://${server.host}${target}`;
}
