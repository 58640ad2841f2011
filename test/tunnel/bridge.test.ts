import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { bridgeStreams } from '../../src/tunnel/tunnel.js';
import { Cleanup, startClient, startManager, startTunnel, until, upgradeTo } from './manager.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const banner = Buffer.from('SSH-2.0-test\r\n');
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** Sends `bytes` in messages of the size that the manager uses. */
function sendAll(socket: WebSocket, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; at += 256 * 1024) {
    socket.send(bytes.subarray(at, at + 256 * 1024));
  }
}

describe('tunnel', () => {
  it('costs nothing upstream until a client connects', async () => {
    const manager = await startManager(cleanup, () => undefined);
    const tunnel = await startTunnel(cleanup, manager.url);
    expect(tunnel.port).toBeGreaterThan(0);
    expect(manager.requests).toHaveLength(0);
    expect(tunnel.connections).toBe(0);
  });

  it('dials one WebSocket for each client, with the headers given and without compression', async () => {
    const manager = await startManager(cleanup, (socket) => {
      socket.send(banner);
    });
    const tunnel = await startTunnel(cleanup, manager.url);
    const clients = await Promise.all([1, 2].map(() => startClient(cleanup, tunnel.port)));
    for (const client of clients) await client.has(banner.length);
    expect(manager.requests).toHaveLength(2);
    expect(manager.requests[0]?.['authorization']).toBe('secret');
    expect(manager.requests[0]?.['sec-websocket-extensions']).toBeUndefined();
    expect(manager.requests[0]?.['sec-websocket-protocol']).toBeUndefined();
    expect(tunnel.connections).toBe(2);
  });

  it('carries 16 MiB each way at once, unchanged, in binary frames of at most 256 KiB', async () => {
    const size = 16 * 1024 * 1024;
    const up = randomBytes(size);
    const down = randomBytes(size);
    const received: Buffer[] = [];
    const kinds = new Set<boolean>();
    const manager = await startManager(cleanup, (socket) => {
      sendAll(socket, down);
      socket.on('message', (data: Buffer, isBinary) => {
        received.push(data);
        kinds.add(isBinary);
      });
    });
    const tunnel = await startTunnel(cleanup, manager.url);
    const client = await startClient(cleanup, tunnel.port);
    client.socket.write(up);
    await client.has(size);
    await until(() => received.reduce((sum, part) => sum + part.length, 0) === size);
    expect(sha256(client.received())).toBe(sha256(down));
    expect(sha256(Buffer.concat(received))).toBe(sha256(up));
    expect([...kinds]).toEqual([true]);
    expect(Math.max(...received.map((part) => part.length))).toBeLessThanOrEqual(256 * 1024);
  });

  it.each([1000, 1001])('delivers everything before CLOSE %i, then a FIN', async (code) => {
    const down = randomBytes(8 * 1024 * 1024);
    const manager = await startManager(cleanup, (socket) => {
      sendAll(socket, down);
      socket.close(code);
    });
    const tunnel = await startTunnel(cleanup, manager.url);
    const client = await startClient(cleanup, tunnel.port);
    client.socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 100));
    client.socket.resume();
    expect(await client.ended).toBe('fin');
    expect(sha256(client.received())).toBe(sha256(down));
    client.socket.end();
    await until(() => tunnel.connections === 0);
    expect(tunnel.failures).toEqual([]);
  });

  it.each([
    [1013, 'tunnel-sshd-refused'],
    [1011, 'tunnel-connect-failed'],
    [1009, 'tunnel-too-big'],
    [3999, 'tunnel-closed-3999'],
  ])('resets the client at CLOSE %i and reports %s', async (code, id) => {
    const manager = await startManager(cleanup, (socket) => {
      socket.close(code, 'said so');
    });
    const tunnel = await startTunnel(cleanup, manager.url);
    const client = await startClient(cleanup, tunnel.port);
    expect(await client.ended).toBe('reset');
    await until(() => tunnel.failures.length === 1);
    expect(tunnel.failures[0]).toMatchObject({ code: id, details: { code } });
    expect(tunnel.failures[0]?.message).toContain('(said so)');
    expect(client.received()).toHaveLength(0);
  });

  it.each(['end', 'destroy'] as const)(
    'resets the client when the backend dies by %s',
    async (how) => {
      const manager = await startManager(cleanup, (socket, raw) => {
        socket.send(banner, () => {
          setTimeout(() => raw[how](), 20);
        });
      });
      const tunnel = await startTunnel(cleanup, manager.url);
      const client = await startClient(cleanup, tunnel.port);
      expect(await client.ended).toBe('reset');
      expect(client.received().equals(banner)).toBe(true);
      expect(tunnel.failures.map(({ code }) => code)).toEqual(['tunnel-cut']);
    },
  );

  it('still delivers 8 MiB after the FIN of the client, then resets it when no end comes', async () => {
    const down = randomBytes(8 * 1024 * 1024);
    let code = 0;
    const manager = await startManager(cleanup, (socket) => {
      socket.on('message', () => {
        setTimeout(() => {
          sendAll(socket, down);
        }, 50);
      });
      socket.on('close', (received) => (code = received));
    });
    const tunnel = await startTunnel(cleanup, manager.url);
    const client = await startClient(cleanup, tunnel.port);
    client.socket.end('all that I have to say');
    expect(await client.ended).toBe('reset');
    expect(sha256(client.received())).toBe(sha256(down));
    await until(() => tunnel.connections === 0 && code !== 0);
    expect(code).toBe(1000);
    expect(tunnel.failures).toEqual([]);
  });

  it('delivers all that a client sent before it left', async () => {
    const up = randomBytes(4 * 1024 * 1024);
    const received: Buffer[] = [];
    const manager = await startManager(cleanup, (socket) => {
      socket.send(banner);
      socket.on('message', (data: Buffer) => received.push(data));
    });
    const tunnel = await startTunnel(cleanup, manager.url);
    const client = await startClient(cleanup, tunnel.port);
    client.socket.end(up);
    await client.ended;
    expect(sha256(Buffer.concat(received))).toBe(sha256(up));
  });

  it('closes the WebSocket when the client resets', async () => {
    let code = 0;
    const manager = await startManager(cleanup, (socket) => {
      socket.send(banner);
      socket.on('close', (received) => (code = received));
    });
    const tunnel = await startTunnel(cleanup, manager.url);
    const client = await startClient(cleanup, tunnel.port);
    await client.has(banner.length);
    client.socket.resetAndDestroy();
    await until(() => tunnel.connections === 0 && code !== 0);
    expect([1000, 1001]).toContain(code);
    expect(tunnel.failures).toEqual([]);
  });

  it('does not dial for a client that leaves without a word', async () => {
    const manager = await startManager(cleanup, () => undefined);
    let asked = 0;
    const tunnel = await startTunnel(cleanup, manager.url, {
      upgrade: async () => {
        asked++;
        await new Promise((resolve) => setTimeout(resolve, 50));
        return upgradeTo(manager.url);
      },
    });
    const client = await startClient(cleanup, tunnel.port);
    client.socket.end();
    await client.ended;
    await until(() => asked === 1 && tunnel.connections === 0);
    expect(manager.requests).toHaveLength(0);
    expect(tunnel.failures).toEqual([]);
  });

  it('dials again when sshd hangs up without a word, and repeats what the client said', async () => {
    let dials = 0;
    const manager = await startManager(cleanup, (socket) => {
      if (++dials < 3) socket.close(1001);
      else
        socket.on('message', (data) => {
          socket.send(data);
        });
    });
    const tunnel = await startTunnel(cleanup, manager.url);
    const client = await startClient(cleanup, tunnel.port);
    client.socket.write(banner);
    await client.has(banner.length);
    expect(client.received().equals(banner)).toBe(true);
    expect(dials).toBe(3);
  });

  it('gives up when that goes on, and says why', async () => {
    const manager = await startManager(cleanup, (socket) => {
      socket.close(1001);
    });
    const tunnel = await startTunnel(cleanup, manager.url);
    const client = await startClient(cleanup, tunnel.port);
    expect(await client.ended).toBe('reset');
    expect(manager.requests.length).toBeGreaterThan(2);
    await until(() => tunnel.failures.length === 1);
    expect(tunnel.failures[0]?.code).toBe('tunnel-closed-before-banner');
  });

  it('lets three clients log in at a time', async () => {
    const manager = await startManager(cleanup, (socket) => {
      socket.on('message', (data) => {
        socket.send(data);
      });
    });
    const tunnel = await startTunnel(cleanup, manager.url, { timing: { preAuth: 60_000 } });
    const clients = [];
    for (let i = 0; i < 5; i++) clients.push(await startClient(cleanup, tunnel.port));
    for (const client of clients) client.socket.write(banner);
    await Promise.all(clients.slice(0, 3).map((client) => client.has(banner.length)));
    expect(manager.requests).toHaveLength(3);
    clients[0]?.socket.write(Buffer.alloc(10_000));
    await clients[3]?.has(banner.length);
    expect(manager.requests).toHaveLength(4);
    clients[1]?.socket.resetAndDestroy();
    await clients[4]?.has(banner.length);
  });

  it('asks for a sign of life, and resets the client when there is none', async () => {
    let pings = 0;
    const manager = await startManager(cleanup, (socket, raw) => {
      socket.send(banner);
      socket.on('ping', () => {
        if (++pings === 2) raw.pause();
      });
    });
    const tunnel = await startTunnel(cleanup, manager.url, {
      timing: { pingAfter: 50, pongWithin: 100 },
    });
    const client = await startClient(cleanup, tunnel.port);
    expect(await client.ended).toBe('reset');
    expect(pings).toBeGreaterThanOrEqual(2);
    expect(tunnel.failures.map(({ code }) => code)).toEqual(['tunnel-silent']);
  });

  it('resets its clients and closes their WebSockets when it is closed', async () => {
    let code = 0;
    const manager = await startManager(cleanup, (socket) => {
      socket.send(banner);
      socket.on('close', (received) => (code = received));
    });
    const tunnel = await startTunnel(cleanup, manager.url);
    const client = await startClient(cleanup, tunnel.port);
    await client.has(banner.length);
    await tunnel.close();
    expect(await client.ended).toBe('reset');
    await until(() => code === 1001);
  });

  it('says which port is taken', async () => {
    const manager = await startManager(cleanup, () => undefined);
    await expect(startTunnel(cleanup, manager.url, { port: manager.port })).rejects.toMatchObject({
      code: 'port-taken',
      message: expect.stringContaining(String(manager.port)) as string,
    });
  });
});

describe('bridge between streams', () => {
  it('carries bytes both ways and ends when sshd does', async () => {
    const manager = await startManager(cleanup, (socket) => {
      socket.on('message', (data) => {
        socket.send(data);
        socket.close(1001);
      });
    });
    const stdin = new PassThrough();
    const stdout = new PassThrough();
    const upgrade = () => Promise.resolve(upgradeTo(manager.url));
    const done = bridgeStreams(stdin, stdout, { upgrade, timing: { close: 100 } });
    stdin.write(banner);
    const [first] = (await once(stdout, 'data')) as [Buffer];
    expect(first.equals(banner)).toBe(true);
    await done;
  });

  it('leaves the bytes alone that somebody wrote to a stream', async () => {
    let received = 0;
    const manager = await startManager(cleanup, (socket) => {
      socket.send(banner);
      socket.on('message', (data: Buffer) => {
        received += data.length;
        if (received === bytes.length) socket.close(1000);
      });
    });
    const bytes = Buffer.from(new ArrayBuffer(64 * 1024)).fill(7);
    const stdin = new PassThrough();
    stdin.write(bytes);
    const upgrade = () => Promise.resolve(upgradeTo(manager.url));
    await bridgeStreams(stdin, new PassThrough(), { upgrade, timing: { close: 100 } });
    expect(bytes.equals(Buffer.alloc(64 * 1024, 7))).toBe(true);
  });

  it('fails, and writes nothing, when the upgrade cannot be made', async () => {
    const stdout = new PassThrough();
    const upgrade = () => Promise.reject(new Error('no key'));
    await expect(bridgeStreams(new PassThrough(), stdout, { upgrade })).rejects.toMatchObject({
      code: 'tunnel-failed',
      message: 'the tunnel failed: no key',
    });
    expect(stdout.read()).toBeNull();
  });
});
