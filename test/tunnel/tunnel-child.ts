/** A tunnel in a process of its own, to the address that is its argument; says how much memory it has. */
import process from 'node:process';
import { openTunnel } from '../../src/tunnel/tunnel.js';

const { hostname, port, host, pathname } = new URL(process.argv[2] ?? '');
const server = { secure: false, hostname, port: Number(port), host };
const tunnel = await openTunnel({
  port: 0,
  upgrade: () => Promise.resolve({ server, target: pathname, headers: {} }),
  timing: { preAuth: 0 },
});
process.send?.({ port: tunnel.port });
process.on('message', () => {
  const { rss: resident, arrayBuffers } = process.memoryUsage();
  process.send?.({ resident, arrayBuffers });
});
process.on('disconnect', () => process.exit());
