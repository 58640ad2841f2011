/** Clients whose way to the manager does not open: none of them waits for longer than one time limit. */
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { UpgradeRequest } from '../../src/tunnel/upgrade.js';
import {
  Cleanup,
  listenAnywhere,
  startClient,
  startManager,
  startTunnel,
  until,
  upgradeTo,
} from './manager.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const banner = Buffer.from('SSH-2.0-test\r\n');
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const never = (): Promise<UpgradeRequest> => new Promise(() => undefined);

/** A server that takes connections and says nothing. */
async function startSilent(): Promise<{ readonly url: string; readonly taken: Socket[] }> {
  const taken: Socket[] = [];
  const server = createServer((socket) => {
    taken.push(socket.resume());
    socket.on('error', () => undefined);
    cleanup.add(() => socket.destroy());
  });
  const port = await listenAnywhere(server);
  cleanup.add(() => server.close());
  return { url: `ws://127.0.0.1:${port}/`, taken };
}

describe('an endpoint that does not answer', () => {
  it('resets those who wait for their turn together with the first that it left waiting', async () => {
    const { url, taken } = await startSilent();
    const timing = { handshake: 500, crowd: 100 };
    const tunnel = await startTunnel(cleanup, url, { timing });
    const clients = await Promise.all(
      Array.from({ length: 10 }, () => startClient(cleanup, tunnel.port)),
    );
    const endings = await Promise.all(clients.map((client) => client.ended));
    expect(new Set(endings)).toEqual(new Set(['reset']));
    await until(() => tunnel.failures.length === 10);
    expect(new Set(tunnel.failures.map(({ code }) => code))).toEqual(new Set(['tunnel-timeout']));
    expect(taken).toHaveLength(5);
  });

  it('has no more time behind a proxy that took most of it', async () => {
    const { url, taken } = await startSilent();
    const { port } = new URL(url);
    const tunnel = await startTunnel(cleanup, url, {
      timing: { handshake: 2_000 },
      upgrade: () =>
        Promise.resolve({
          ...upgradeTo(url),
          connect: async () => {
            await pause(1_500);
            return connect(Number(port), '127.0.0.1');
          },
        }),
    });
    const client = await startClient(cleanup, tunnel.port);
    await until(() => taken.length === 1);
    const ended = client.ended.then(() => 'reset');
    expect(await Promise.race([ended, pause(1_500)])).toBe('reset');
    expect(tunnel.failures.map(({ code }) => code)).toEqual(['tunnel-timeout']);
  });
});

describe('a request that does not get ready', () => {
  it('resets the client, and says so', async () => {
    const tunnel = await startTunnel(cleanup, '', { upgrade: never, timing: { handshake: 100 } });
    const client = await startClient(cleanup, tunnel.port);
    expect(await client.ended).toBe('reset');
    await until(() => tunnel.failures.length === 1);
    expect(tunnel.failures[0]?.code).toBe('tunnel-request-timeout');
  });

  it('keeps neither a client that leaves, nor its place', async () => {
    const manager = await startManager(cleanup, (socket) => {
      socket.send(banner);
    });
    let asked = 0;
    const tunnel = await startTunnel(cleanup, '', {
      upgrade: () => (++asked <= 5 ? never() : Promise.resolve(upgradeTo(manager.url))),
      timing: { crowd: 10 },
    });
    const stuck = await Promise.all([1, 2, 3, 4, 5].map(() => startClient(cleanup, tunnel.port)));
    await until(() => asked === 5);
    const next = await startClient(cleanup, tunnel.port);
    for (const { socket } of stuck) socket.resetAndDestroy();
    await next.has(banner.length);
    expect(tunnel.connections).toBe(1);
    expect(tunnel.failures).toEqual([]);
  });

  it('does not keep the tunnel from being closed', async () => {
    const tunnel = await startTunnel(cleanup, '', { upgrade: never });
    const client = await startClient(cleanup, tunnel.port);
    await until(() => tunnel.connections === 1);
    await tunnel.close();
    expect(await client.ended).toBe('reset');
  });
});
