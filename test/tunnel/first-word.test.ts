/** An sshd that says nothing, mostly with nobody who says that it has hung up: so it is behind a webserver. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Timing } from '../../src/tunnel/timing.js';
import {
  Cleanup,
  startClient,
  startManager,
  startTunnel,
  until,
  upgradeTo,
  type Manager,
} from './manager.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const banner = Buffer.from('SSH-2.0-test\r\n');
const hello = Buffer.from('SSH-2.0-client\r\n');
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A client that has said hello, and its tunnel, through a server that does not tell that sshd has ended. */
async function startBehindWebserver(manager: Manager, timing: Partial<Timing>) {
  const upgrade = () =>
    Promise.resolve({ ...upgradeTo(manager.url), isOver: () => Promise.resolve(null) });
  const tunnel = await startTunnel(cleanup, manager.url, { timing, upgrade });
  const client = await startClient(cleanup, tunnel.port);
  client.socket.write(hello);
  return { client, tunnel };
}

describe('a tunnel to an sshd that says nothing', () => {
  it('is dialled again, with all that the client said', async () => {
    let dials = 0;
    const heard: string[] = [];
    const manager = await startManager(cleanup, (socket) => {
      const dial = dials++;
      if (dial > 0) socket.send(banner);
      socket.on('message', (data: Buffer) => {
        if (dial > 0) heard.push(data.toString());
      });
    });
    const timing = { firstWord: 50, retryFor: 10_000 };
    const { client, tunnel } = await startBehindWebserver(manager, timing);
    await client.has(banner.length);
    await until(() => heard.join('') === hello.toString());
    expect(client.received().equals(banner)).toBe(true);
    expect(dials).toBe(2);
    expect(manager.open.size).toBe(1);
    expect(tunnel.failures).toEqual([]);
  });

  it('is given up in the end, and says why', async () => {
    const manager = await startManager(cleanup, () => undefined);
    const timing = { firstWord: 50, retryFor: 300 };
    const { client, tunnel } = await startBehindWebserver(manager, timing);
    expect(await client.ended).toBe('reset');
    await until(() => tunnel.failures.length === 1 && manager.open.size === 0);
    expect(tunnel.failures[0]?.code).toBe('tunnel-sshd-silent');
    expect(manager.requests).toHaveLength(2);
  });

  it('has its time where the second dial is slow as well', async () => {
    let dials = 0;
    const manager = await startManager(cleanup, (socket) => {
      if (dials++ > 0)
        void pause(300).then(() => {
          socket.send(banner);
        });
    });
    const timing = { firstWord: 50, retryFor: 10_000 };
    const { client } = await startBehindWebserver(manager, timing);
    await client.has(banner.length);
    expect(dials).toBe(2);
  });

  it('waits for it as long as its client does, where the server would tell that it has hung up', async () => {
    let dials = 0;
    const manager = await startManager(cleanup, (socket) => {
      dials++;
      void pause(300).then(() => {
        socket.send(banner);
      });
    });
    const timing = { firstWord: 30, retryFor: 60 };
    const tunnel = await startTunnel(cleanup, manager.url, { timing });
    const client = await startClient(cleanup, tunnel.port);
    client.socket.write(hello);
    await client.has(banner.length);
    expect(dials).toBe(1);
    expect(tunnel.failures).toEqual([]);
  });
});
