import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import forge from 'node-forge';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import {
  Cleanup,
  listenAnywhere,
  startClient,
  startManager,
  startTunnel,
  until,
  type Client,
  type Manager,
} from './manager.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const MiB = 1024 * 1024;
const banner = Buffer.from('SSH-2.0-test\r\n');
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A client of a tunnel to a manager that sends `frames`, as they are, after the banner. */
async function clientOf(
  frames: Buffer,
): Promise<{ readonly client: Client; readonly failures: string[] }> {
  const manager = await startManager(cleanup, (socket, raw) => {
    socket.send(banner, () => raw.write(frames));
  });
  const tunnel = await startTunnel(cleanup, manager.url);
  const client = await startClient(cleanup, tunnel.port);
  await client.has(banner.length);
  return {
    client,
    get failures() {
      return tunnel.failures.map(({ code }) => code);
    },
  };
}

/** Sockets that are open in this process, on either side; on Linux, files too. */
function descriptors(): number {
  if (process.platform === 'linux') return readdirSync('/proc/self/fd').length;
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

/** Bytes that are in use by this process, garbage not counted. */
function memory(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('frames that are wrong', () => {
  it.each([
    ['a text frame', Buffer.from([0x81, 2, 72, 105])],
    ['a masked frame', Buffer.from([0x82, 0x82, 1, 2, 3, 4, 5, 6])],
    ['a compressed frame', Buffer.from([0xc2, 1, 0])],
    ['a continuation of nothing', Buffer.from([0x80, 1, 65])],
    ['an unknown opcode', Buffer.from([0x83, 1, 65])],
    ['a PING of 126 bytes', Buffer.concat([Buffer.from([0x89, 126, 0, 126]), Buffer.alloc(126)])],
    ['a length of 2^63', Buffer.from([0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0])],
    ['CLOSE with a code that must not be sent', Buffer.from([0x88, 2, 0x03, 0xee])],
  ])('%s resets the client, which gets none of it', async (_name, frames) => {
    const got = await clientOf(frames);
    expect(await got.client.ended).toBe('reset');
    expect(got.client.received().equals(banner)).toBe(true);
    await until(() => got.failures.length === 1);
    expect(got.failures).toEqual(['tunnel-protocol']);
  });

  it('a connection that ends inside a frame is a cut, and not an end', async () => {
    const manager = await startManager(cleanup, (socket, raw) => {
      socket.send(banner, () => raw.end(Buffer.from([0x82, 126, 1, 0, 65])));
    });
    const tunnel = await startTunnel(cleanup, manager.url);
    const client = await startClient(cleanup, tunnel.port);
    expect(await client.ended).toBe('reset');
    await until(() => tunnel.failures.length === 1);
    expect(tunnel.failures[0]?.code).toBe('tunnel-cut');
  });
});

describe('frames that are unusual', () => {
  it('fragments with pings between them are one stream', async () => {
    const { client } = await clientOf(
      Buffer.concat([
        Buffer.from([0x02, 1, 65]),
        Buffer.from([0x89, 1, 33]),
        Buffer.from([0x00, 126, 0, 1, 66]),
        Buffer.from([0x00, 0]),
        Buffer.from([0x80, 127, 0, 0, 0, 0, 0, 0, 0, 1, 67]),
      ]),
    );
    await client.has(banner.length + 3);
    expect(client.received().subarray(banner.length).toString()).toBe('ABC');
  });

  it('one frame of 64 MiB passes through, though no buffer could hold it', async () => {
    const size = 64 * MiB;
    const header = Buffer.alloc(10);
    header.set([0x82, 127]);
    header.writeBigUInt64BE(BigInt(size), 2);
    const body = randomBytes(MiB);
    const { client } = await clientOf(
      Buffer.concat([header, ...Array.from({ length: 64 }, () => body)]),
    );
    await client.has(banner.length + size);
    expect(client.received().subarray(-MiB).equals(body)).toBe(true);
  });

  it('a flood of pings is answered, the newest at last, and delays nothing', async () => {
    const pongs: string[] = [];
    const manager = await startManager(cleanup, (socket) => {
      socket.on('pong', (data) => pongs.push(data.toString()));
      for (let i = 0; i < 20_000; i++) socket.ping(String(i));
      socket.send(banner);
    });
    const tunnel = await startTunnel(cleanup, manager.url);
    const client = await startClient(cleanup, tunnel.port);
    await client.has(banner.length);
    await until(() => pongs.at(-1) === '19999');
    expect(client.received().equals(banner)).toBe(true);
  });
});

describe('in mid-transfer', () => {
  it.each([
    ['is killed', 'up'],
    ['is killed', 'down'],
    ['resets', 'up'],
    ['resets', 'down'],
  ])('a backend that %s resets the client (%s)', async (how, direction) => {
    const manager = await startManager(cleanup, (socket, raw) => {
      if (direction === 'down') socket.send(randomBytes(32 * MiB));
      else socket.send(banner);
      setTimeout(() => (how === 'resets' ? raw.resetAndDestroy() : raw.destroy()), 50);
    });
    const tunnel = await startTunnel(cleanup, manager.url);
    const client = await startClient(cleanup, tunnel.port);
    if (direction === 'up') client.socket.write(randomBytes(32 * MiB));
    expect(await client.ended).toBe('reset');
    await until(() => tunnel.failures.length === 1 && tunnel.connections === 0);
    expect(tunnel.failures[0]?.code).toBe('tunnel-cut');
  });

  it.each(['up', 'down'])('a client that resets frees everything (%s)', async (direction) => {
    const manager = await startManager(cleanup, (socket) => {
      socket.send(direction === 'down' ? randomBytes(32 * MiB) : banner);
    });
    const tunnel = await startTunnel(cleanup, manager.url);
    const client = await startClient(cleanup, tunnel.port);
    if (direction === 'up') client.socket.write(randomBytes(8 * MiB));
    await client.has(1);
    client.socket.resetAndDestroy();
    await until(() => tunnel.connections === 0 && manager.open.size === 0);
    expect(tunnel.failures).toEqual([]);
  });

  it('a reader that stalls stops the sender, and loses nothing', async () => {
    const bytes = randomBytes(64 * MiB);
    let buffered = (): number => 0;
    const manager = await startManager(cleanup, (socket) => {
      buffered = () => socket.bufferedAmount;
      for (let at = 0; at < bytes.length; at += MiB) socket.send(bytes.subarray(at, at + MiB));
      socket.close(1001);
    });
    const tunnel = await startTunnel(cleanup, manager.url);
    const client = await startClient(cleanup, tunnel.port);
    client.socket.pause();
    await until(() => manager.requests.length === 1);
    await pause(300);
    // What is not left here fills the system's buffers and the tunnel's window.
    expect(buffered()).toBeGreaterThan(32 * MiB);
    client.socket.resume();
    expect(await client.ended).toBe('fin');
    expect(sha256(client.received())).toBe(sha256(bytes));
  });

  it('a manager that stalls stops the client, and loses nothing', async () => {
    const bytes = randomBytes(64 * MiB);
    const received: Buffer[] = [];
    let resume = (): void => undefined;
    const manager = await startManager(cleanup, (socket, raw) => {
      socket.send(banner);
      socket.on('message', (data: Buffer) => received.push(data));
      raw.pause();
      resume = () => void raw.resume();
    });
    const tunnel = await startTunnel(cleanup, manager.url);
    const client = await startClient(cleanup, tunnel.port);
    await client.has(banner.length);
    client.socket.end(bytes);
    await pause(300);
    expect(client.socket.writableLength).toBeGreaterThan(32 * MiB);
    resume();
    await client.ended;
    expect(sha256(Buffer.concat(received))).toBe(sha256(bytes));
  });
});

describe('many connections', () => {
  const startEcho = (): Promise<Manager> =>
    startManager(cleanup, (socket) => {
      socket.send(banner);
      socket.on('message', (data: Buffer) => {
        socket.send(data);
      });
    });

  it('200 at once are all served, unchanged', async () => {
    const manager = await startEcho();
    const tunnel = await startTunnel(cleanup, manager.url);
    const bytes = randomBytes(MiB / 4);
    await Promise.all(
      Array.from({ length: 200 }, async () => {
        const client = await startClient(cleanup, tunnel.port);
        await client.has(banner.length);
        client.socket.write(bytes);
        await client.has(banner.length + bytes.length);
        expect(client.received().subarray(banner.length).equals(bytes)).toBe(true);
        client.socket.resetAndDestroy();
      }),
    );
    await until(() => tunnel.connections === 0);
    expect(tunnel.failures).toEqual([]);
  }, 60_000);

  it('2,000 in sequence leave no descriptor and no memory behind', async () => {
    const manager = await startEcho();
    const tunnel = await startTunnel(cleanup, manager.url);
    const visit = async (): Promise<void> => {
      const leaving = new Cleanup();
      const client = await startClient(leaving, tunnel.port);
      await client.has(banner.length);
      client.socket.resetAndDestroy();
      await until(() => tunnel.connections === 0 && manager.open.size === 0);
      await leaving.run();
      manager.requests.length = 0;
    };
    for (let i = 0; i < 500; i++) await visit();
    const [before, early] = [descriptors(), memory()];
    for (let i = 0; i < 1500; i++) await visit();
    await until(() => descriptors() <= before);
    // A socket and its bridge that stayed would be some 10 KiB each.
    expect(memory() - early).toBeLessThan(4 * MiB);
    expect(tunnel.failures).toEqual([]);
  }, 120_000);
});

describe('over TLS', () => {
  // A key of 1024 bits is what Node 26 complains of before it asks who vouches for it.
  it.each([1024, 2048])(
    'refuses a certificate of %i bits that nobody vouches for',
    async (bits) => {
      const keys = forge.pki.rsa.generateKeyPair(bits);
      const certificate = forge.pki.createCertificate();
      certificate.publicKey = keys.publicKey;
      certificate.validity.notAfter = new Date(Date.now() + 86_400_000);
      certificate.sign(keys.privateKey, forge.md.sha256.create());
      const server = createTlsServer({
        key: forge.pki.privateKeyToPem(keys.privateKey),
        cert: forge.pki.certificateToPem(certificate),
        ciphers: 'DEFAULT@SECLEVEL=0',
      });
      new WebSocketServer({ server }).on('connection', (socket) => {
        socket.send(banner);
      });
      const port = await listenAnywhere(server);
      cleanup.add(() => server.close());
      const tunnel = await startTunnel(cleanup, `wss://127.0.0.1:${port}/`);
      const client = await startClient(cleanup, tunnel.port);
      expect(await client.ended).toBe('reset');
      await until(() => tunnel.failures.length === 1);
      expect(tunnel.failures[0]?.code).toBe('tunnel-tls');
      expect(tunnel.failures[0]?.message).toMatch(/(?:self-signed certificate|key too weak)$/u);
    },
  );
});
