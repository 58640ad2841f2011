/** How a client gets the end of a connection: all of it and a FIN, or a reset. */
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bridgeStreams } from '../../src/tunnel/tunnel.js';
import {
  Cleanup,
  listenAnywhere,
  startClient,
  startManager,
  startTunnel,
  until,
  upgradeTo,
  type Manager,
} from './manager.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const MiB = 1024 * 1024;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a client that takes its time after the end of sshd', () => {
  it('gets everything, though it goes on sending meanwhile', async () => {
    const down = randomBytes(2 * MiB);
    const manager = await startManager(cleanup, (socket) => {
      socket.send(down);
      socket.close(1001);
    });
    const tunnel = await startTunnel(cleanup, manager.url, { timing: { close: 50 } });
    const client = await startClient(cleanup, tunnel.port);
    client.socket.pause();
    for (let i = 0; i < 6; i++) {
      await pause(50);
      client.socket.write('window adjust');
    }
    client.socket.resume();
    expect(await client.ended).toBe('fin');
    expect(sha256(client.received())).toBe(sha256(down));
    client.socket.end();
    await until(() => tunnel.connections === 0);
    expect(tunnel.failures).toEqual([]);
  });

  it('is dropped when it stays silent for long, and not before', async () => {
    const manager = await startManager(cleanup, (socket) => {
      socket.send(Buffer.from('SSH-2.0-test\r\n'));
      socket.close(1001);
    });
    const tunnel = await startTunnel(cleanup, manager.url, { timing: { close: 10, collect: 500 } });
    const client = await startClient(cleanup, tunnel.port);
    expect(await client.ended).toBe('fin');
    for (let i = 0; i < 8; i++) {
      await pause(100);
      client.socket.write('still here');
    }
    expect(tunnel.connections).toBe(1);
    await until(() => tunnel.connections === 0);
    expect(tunnel.failures).toEqual([]);
  });

  it('is not waited for when the tunnel is closed', async () => {
    const manager = await startManager(cleanup, (socket) => {
      socket.send(Buffer.from('SSH-2.0-test\r\n'));
      socket.close(1001);
    });
    const tunnel = await startTunnel(cleanup, manager.url, { timing: { close: 10 } });
    const client = await startClient(cleanup, tunnel.port);
    await client.ended;
    await tunnel.close();
    expect(tunnel.connections).toBe(0);
  });
});

describe('a client that ended its side and waits for the rest of an answer', () => {
  /** Answers the first message in two halves, with a pause between them, and ends. */
  const startHalves = (between: number): Promise<Manager> =>
    startManager(cleanup, (socket) => {
      socket.once('message', () => {
        socket.send(Buffer.alloc(1000));
        setTimeout(() => {
          socket.send(Buffer.alloc(1000));
          socket.close(1001);
        }, between);
      });
    });

  it('gets it, and a FIN, where it comes in time', async () => {
    const manager = await startHalves(300);
    const tunnel = await startTunnel(cleanup, manager.url, { timing: { linger: 5_000 } });
    const client = await startClient(cleanup, tunnel.port);
    client.socket.end('question');
    expect(await client.ended).toBe('fin');
    expect(client.received()).toHaveLength(2000);
    expect(tunnel.failures).toEqual([]);
  });

  it('is reset where it does not, which is no news about those whose users closed them', async () => {
    const manager = await startHalves(60_000);
    const tunnel = await startTunnel(cleanup, manager.url);
    const client = await startClient(cleanup, tunnel.port);
    client.socket.end('question');
    expect(await client.ended).toBe('reset');
    expect(client.received()).toHaveLength(1000);
    await until(() => tunnel.connections === 0 && manager.open.size === 0);
    expect(tunnel.failures).toEqual([]);
  });

  it('is told so in words where it cannot be reset', async () => {
    const manager = await startHalves(60_000);
    const stdin = new PassThrough();
    stdin.end('question');
    await expect(
      bridgeStreams(stdin, new PassThrough(), {
        upgrade: () => Promise.resolve(upgradeTo(manager.url)),
        timing: { linger: 100 },
      }),
    ).rejects.toMatchObject({ code: 'tunnel-never-finished' });
  });
});

describe('an end that comes in one piece with the answer to the upgrade', () => {
  it('leaves nothing behind that keeps the process', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (request: Buffer) => {
        const key = /Sec-WebSocket-Key: (\S+)/.exec(request.toString())?.[1] ?? '';
        const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
        socket.write(
          Buffer.concat([
            Buffer.from(
              'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
                `Sec-WebSocket-Accept: ${accept.digest('base64')}\r\n\r\n`,
            ),
            Buffer.from([0x82, 4, 66, 121, 101, 33, 0x88, 2, 0x03, 0xe9]),
          ]),
        );
      });
    });
    const port = await listenAnywhere(server);
    cleanup.add(() => server.close());
    const timers = vi.spyOn(globalThis, 'setTimeout');
    cleanup.add(() => {
      timers.mockRestore();
    });
    const stdout = new PassThrough();
    await bridgeStreams(new PassThrough(), stdout, {
      upgrade: () => Promise.resolve(upgradeTo(`ws://127.0.0.1:${port}/`)),
      timing: { close: 100, preAuth: 600_000 },
    });
    expect(String(stdout.read())).toBe('Bye!');
    expect(timers.mock.calls.map(([, milliseconds]) => milliseconds)).not.toContain(600_000);
  });
});
