import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startDemo, type Demo, type DemoRecord } from '../../src/demo/index.js';
import { closing, refusal, tunnel } from './client.js';

let demo: Demo;
const records: DemoRecord[] = [];
beforeAll(async () => {
  demo = await startDemo({ only: ['demo', 'demo-pending'], log: (record) => records.push(record) });
}, 60_000);
afterAll(() => demo.close());
afterEach(() => {
  demo.clearFaults();
  demo.pointAt('demo', null);
});

/** A server that stands for a container's port. */
async function container(
  serve: (socket: Socket) => void,
): Promise<{ port: number; end: () => void }> {
  const server = createServer(serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  demo.pointAt('demo', { host: '127.0.0.1', port });
  return { port, end: () => server.close() };
}

describe('the upgrade', () => {
  it('leads to the banner of sshd, by name, UUID and either path', async () => {
    for (const reference of ['demo', demo.session('demo').id]) {
      const socket = tunnel(demo, reference);
      const [data, isBinary] = (await once(socket, 'message')) as [Buffer, boolean];
      expect(data.toString('latin1')).toMatch(/^SSH-2\.0-dropbear_/);
      expect(isBinary).toBe(true);
      expect(socket.extensions).toBe('');
      socket.terminate();
      await once(socket, 'close');
    }
    await expect.poll(() => demo.connections('demo').tunnels).toBe(0);
    expect(records).toContainEqual({
      kind: 'request',
      method: 'GET',
      target: '/stream/session/demo/tcpproxy?app=sshd',
      status: 101,
      apiVersion: 'v6.20220615',
    });
  });

  it.each([
    ['demo', '?app=nope', 404, 'No such app service.'],
    ['demo', '', 400, 'Missing or invalid API parameters.'],
    ['demo-pending', '?app=sshd', 404, 'No such session.'],
    ['nobody', '?app=sshd', 404, 'No such session.'],
  ])('of %s with "%s" is refused with %i', async (name, query, status, title) => {
    const reply = await refusal(tunnel(demo, name, query));
    expect(reply.status).toBe(status);
    expect(JSON.parse(reply.body)).toMatchObject({ title });
  });

  it('is refused as tests want it, and late', async () => {
    demo.failRequests('sshd-failed', { target: /tcpproxy/, times: 2 });
    expect((await refusal(tunnel(demo, 'demo'))).status).toBe(500);
    expect((await refusal(tunnel(demo, 'demo'))).body).toContain('dropbearmulti');
    demo.setUpgradeDelay(50);
    const socket = tunnel(demo, 'demo');
    await once(socket, 'open');
    socket.terminate();
  });
});

describe('the end', () => {
  it('is 1001 when sshd ends, after its last byte', async () => {
    const { end } = await container((socket) => socket.end('last words'));
    const socket = tunnel(demo, 'demo');
    let heard = '';
    socket.on('message', (data: Buffer) => (heard += data.toString()));
    expect(await closing(socket)).toBe(1001);
    expect(heard).toBe('last words');
    end();
  });

  it('is 1013 when the port refuses', async () => {
    demo.refuseSshd('demo');
    expect(await closing(tunnel(demo, 'demo'))).toBe(1013);
    demo.refuseSshd('demo', false);
    const { port, end } = await container(() => undefined);
    end();
    demo.pointAt('demo', { host: '127.0.0.1', port });
    await expect.poll(() => closing(tunnel(demo, 'demo'))).toBe(1013);
  });

  it('is 1011 when there is another reason', async () => {
    demo.pointAt('demo', { host: '255.255.255.255', port: 22 });
    expect(await closing(tunnel(demo, 'demo'))).toBe(1011);
  });

  it('is 1009 for a message above 16 MiB, and 1006 or any code that tests want', async () => {
    const { end } = await container((socket) => socket.resume());
    const big = tunnel(demo, 'demo');
    await once(big, 'open');
    big.send(Buffer.alloc(16 * 1024 * 1024 + 1));
    expect(await closing(big)).toBe(1009);
    await expect.poll(() => demo.connections('demo').tunnels).toBe(0);
    const dropped = tunnel(demo, 'demo');
    await once(dropped, 'open');
    expect(demo.dropTunnels()).toBe(1);
    expect(await closing(dropped)).toBe(1006);
    await expect.poll(() => demo.connections('demo').tunnels).toBe(0);
    const closed = tunnel(demo, 'demo');
    await once(closed, 'open');
    expect(demo.closeTunnels(1012)).toBe(1);
    expect(await closing(closed)).toBe(1012);
    end();
  });

  it('comes with the session', async () => {
    const name = 'to-be-replaced';
    const before = await demo.addSession({ name });
    const socket = tunnel(demo, name);
    await once(socket, 'open');
    const ended = closing(socket);
    const after = await demo.replaceSession(name);
    expect(await ended).toBe(1001);
    expect(after.id).not.toBe(before.id);
    expect(after.publicKey).toBe(before.publicKey);
    expect(after.hostKey).not.toBe(before.hostKey);
    const again = await demo.replaceSession(name, { newKey: true, newHostKey: false });
    expect(again.publicKey).not.toBe(after.publicKey);
    expect(again.hostKey).toBe(after.hostKey);
  });
});

describe('close', () => {
  it('does not wait for upgrades that are never answered', async () => {
    let asked: () => void = () => undefined;
    const seen = new Promise<void>((resolve) => (asked = resolve));
    const other = await startDemo({
      only: [],
      log: () => {
        asked();
      },
    });
    other.failRequests('stall');
    const socket = tunnel(other, 'demo');
    const ended = closing(socket);
    await seen;
    await other.close();
    await ended;
  });
});

describe('the pump', () => {
  it('moves every byte both ways, ignores text, answers PING', async () => {
    const { end } = await container((socket) => socket.pipe(socket));
    const socket = tunnel(demo, 'demo');
    await once(socket, 'open');
    const size = 4 * 1024 * 1024;
    let received = 0;
    let largest = 0;
    const all = new Promise<void>((resolve) => {
      socket.on('message', (data: Buffer) => {
        received += data.length;
        largest = Math.max(largest, data.length);
        if (received >= size) resolve();
      });
    });
    socket.send('text is not for sshd');
    for (let sent = 0; sent < size; sent += 64 * 1024) socket.send(Buffer.alloc(64 * 1024, 7));
    await all;
    expect(received).toBe(size);
    expect(largest).toBeLessThanOrEqual(256 * 1024);
    socket.ping('are you there');
    const [pong] = (await once(socket, 'pong')) as [Buffer];
    expect(pong.toString()).toBe('are you there');
    socket.close();
    await once(socket, 'close');
    end();
  });

  it('reads no more of a fast container than a slow client takes', async () => {
    let written = 0;
    const { end } = await container((socket) => {
      const chunk = Buffer.alloc(64 * 1024);
      const more = (): void => {
        while (!socket.destroyed) {
          written += chunk.length;
          if (!socket.write(chunk)) break;
        }
      };
      socket.on('drain', more).on('error', () => undefined);
      more();
    });
    const socket = tunnel(demo, 'demo');
    await once(socket, 'open');
    socket.pause();
    let before = -1;
    await expect
      .poll(
        () => {
          const still = written === before;
          before = written;
          return still;
        },
        { interval: 200, timeout: 10_000 },
      )
      .toBe(true);
    // Kernel buffers hold some MiB; an unbounded queue would go on for ever.
    expect(written).toBeLessThan(64 * 1024 * 1024);
    socket.terminate();
    end();
  });

  it('can stall', async () => {
    const { end } = await container((socket) => socket.pipe(socket));
    demo.stallTunnels();
    const socket = tunnel(demo, 'demo');
    await once(socket, 'open');
    let heard = false;
    socket.on('message', () => (heard = true)).on('pong', () => (heard = true));
    socket.send(Buffer.from('x'));
    socket.ping();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(heard).toBe(false);
    demo.dropTunnels();
    await closing(socket);
    end();
  });
});
