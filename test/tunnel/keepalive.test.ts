/** Signs of life while the tunnel does not read, because its client does not. */
import { afterEach, expect, it } from 'vitest';
import { Cleanup, startClient, startManager, startTunnel, until } from './manager.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const MiB = 1024 * 1024;

it('asks for them all the same, and takes no answer for no failure', async () => {
  let pings = 0;
  let buffered = (): number => 0;
  const manager = await startManager(cleanup, (socket) => {
    buffered = () => socket.bufferedAmount;
    socket.on('ping', () => pings++);
    for (let i = 0; i < 64; i++) socket.send(Buffer.alloc(MiB));
    socket.close(1001);
  });
  const timing = { pingAfter: 50, pongWithin: 500 };
  const tunnel = await startTunnel(cleanup, manager.url, { timing });
  const client = await startClient(cleanup, tunnel.port);
  client.socket.pause();
  await until(() => manager.requests.length === 1);
  // Until nothing moves any more.
  for (let last = -1; last !== buffered();) {
    last = buffered();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(buffered()).toBeGreaterThan(0);
  const before = pings;
  await until(() => pings >= before + 3);
  client.socket.resume();
  expect(await client.ended).toBe('fin');
  expect(client.received()).toHaveLength(64 * MiB);
  expect(tunnel.failures).toEqual([]);
});
