import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { Endings } from '../../src/tunnel/endings.js';
import type { ConnectionEnd } from '../../src/tunnel/tunnel.js';
import { Cleanup, startManager, startTunnel, until } from './manager.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

it.each([
  ['cleanly', 1_000],
  ['by a cut', 'cut'],
])(
  'a tunnel tells of a connection that ended %s, and that an open one is not over',
  async (how, ending) => {
    const manager = await startManager(cleanup, (socket, raw) => {
      socket.once('message', () => {
        socket.send(Buffer.alloc(1_000));
        socket.on('message', () => {
          if (how === 'cleanly') socket.close(1001);
          else raw.destroy();
        });
      });
    });
    const ends: ConnectionEnd[] = [];
    const tunnel = await startTunnel(cleanup, manager.url, { onEnd: (end) => ends.push(end) });
    const client = connect(tunnel.port, '127.0.0.1').on('error', () => undefined);
    await once(client, 'connect');
    const { port } = client.address() as AddressInfo;
    client.write('SSH-2.0-test\r\n');
    await once(client, 'data');
    expect(tunnel.endingOf(port)).toBeNull();
    client.write('the end');
    client.resume();
    await until(() => ends.length > 0);
    expect(tunnel.endingOf(port)).toBe(ending);
    expect(ends).toMatchObject([
      { bytes: 1_000, failure: how === 'cleanly' ? null : { code: 'tunnel-cut' } },
    ]);
  },
);

it('keeps some, and none of an earlier connection from the same port', () => {
  const endings = new Endings();
  for (let port = 1; port <= 1_000; port++) endings.ended(port, port);
  expect([endings.of(1), endings.of(1_000)]).toEqual([null, 1_000]);
  endings.began(1_000);
  expect(endings.of(1_000)).toBeNull();
});
