/** Many clients at once before an sshd that takes few who have not logged in. */
import { afterEach, describe, expect, it } from 'vitest';
import { defaultTiming } from '../../src/tunnel/timing.js';
import { Cleanup, startClient, startManager, startTunnel, until, type Client } from './manager.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const banner = Buffer.from('SSH-2.0-dropbear_2022.83\r\n');
/** More than any login takes: who has sent so much is in. */
const LOGIN = 10_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Dropbear {
  readonly url: string;
  /** Connections that have not logged in yet. */
  readonly loggingIn: () => number;
  /** Connections that were closed without a word. */
  readonly refused: () => number;
}

/**
 * A manager before dropbear, which closes a connection without a word while five others from one
 * address have not logged in. Here a login is 10,000 bytes, and is answered with as many.
 */
async function startDropbear(): Promise<Dropbear> {
  let [loggingIn, refused] = [0, 0];
  const manager = await startManager(cleanup, (socket) => {
    if (loggingIn === 5) {
      refused++;
      socket.close(1001);
      return;
    }
    loggingIn++;
    let counted = true;
    const leave = (): void => {
      if (counted) loggingIn--;
      counted = false;
    };
    let got = 0;
    socket.on('close', leave);
    socket.on('message', (data: Buffer) => {
      got += data.length;
      if (got < LOGIN) return;
      leave();
      socket.send(Buffer.alloc(LOGIN));
    });
    socket.send(banner);
  });
  return { url: manager.url, loggingIn: () => loggingIn, refused: () => refused };
}

/** A client that has its banner, and asks its user for a password. */
async function prompt(port: number): Promise<Client> {
  const client = await startClient(cleanup, port);
  await client.has(banner.length);
  return client;
}

/** Answers the prompt; resolves when the client is in. */
async function logIn(client: Client): Promise<void> {
  client.socket.write(Buffer.alloc(LOGIN));
  await client.has(banner.length + LOGIN);
}

describe('many clients at once', () => {
  it('are all let in, however long their logins take', async () => {
    const dropbear = await startDropbear();
    // All that takes 5 s, or waits by default, at a tenth of that.
    const timing = Object.fromEntries(
      Object.entries(defaultTiming).map(([name, milliseconds]) => [name, milliseconds / 10]),
    );
    const tunnel = await startTunnel(cleanup, dropbear.url, { timing });
    const visit = async (): Promise<void> => {
      const client = await prompt(tunnel.port);
      await pause(500);
      await logIn(client);
    };
    await Promise.all(Array.from({ length: 12 }, visit));
    expect(tunnel.failures).toEqual([]);
  });

  it('need not wait for three that sit at a prompt', async () => {
    const dropbear = await startDropbear();
    const timing = { preAuth: 60_000, crowd: 100 };
    const tunnel = await startTunnel(cleanup, dropbear.url, { timing });
    await Promise.all([1, 2, 3].map(() => prompt(tunnel.port)));
    const visits = [1, 2, 3, 4].map(async () => logIn(await prompt(tunnel.port)));
    await Promise.all(visits);
    expect(dropbear.refused()).toBe(0);
  });

  it('wait for five of those, until one leaves', async () => {
    const dropbear = await startDropbear();
    const timing = { preAuth: 60_000, crowd: 10 };
    const tunnel = await startTunnel(cleanup, dropbear.url, { timing });
    const idle = await Promise.all([1, 2, 3, 4, 5].map(() => prompt(tunnel.port)));
    const sixth = prompt(tunnel.port);
    await pause(200);
    expect(dropbear.loggingIn()).toBe(5);
    expect(dropbear.refused()).toBe(0);
    idle[0]?.socket.resetAndDestroy();
    await sixth;
  });

  it('are told when no place becomes free', async () => {
    const dropbear = await startDropbear();
    const timing = { preAuth: 60_000, crowd: 10, queue: 300 };
    const tunnel = await startTunnel(cleanup, dropbear.url, { timing });
    await Promise.all([1, 2, 3, 4, 5].map(() => prompt(tunnel.port)));
    const sixth = await startClient(cleanup, tunnel.port);
    expect(await sixth.ended).toBe('reset');
    await until(() => tunnel.failures.length === 1);
    expect(tunnel.failures[0]?.code).toBe('tunnel-queue');
  });

  it('come again when others have taken the places, for longer than four attempts', async () => {
    let others = 5;
    let refused = 0;
    const manager = await startManager(cleanup, (socket) => {
      if (others < 5) {
        socket.send(banner);
        return;
      }
      refused++;
      socket.close(1001);
    });
    const tunnel = await startTunnel(cleanup, manager.url, { timing: { retryFor: 30_000 } });
    const client = await startClient(cleanup, tunnel.port);
    await until(() => refused === 7);
    others = 4;
    await client.has(banner.length);
    expect(tunnel.failures).toEqual([]);
  });
});
