/** Connections through a server that does not tell that sshd has ended. */
import { afterEach, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { BaiError } from '../../src/errors.js';
import { Cleanup, startClient, startManager, startTunnel, until, upgradeTo } from './manager.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const banner = Buffer.from('SSH-2.0-test\r\n');
const ended = new BaiError('session-ended', 'session "train" has ended', 'start it again');

interface Watched {
  readonly client: Awaited<ReturnType<typeof startClient>>;
  readonly failures: () => string[];
  readonly sockets: readonly WebSocket[];
  readonly close: () => Promise<void>;
}

/** A client that has its banner, and hears nothing more. */
async function startWatched(
  isOver: (signal: AbortSignal) => Promise<BaiError | null>,
): Promise<Watched> {
  const sockets: WebSocket[] = [];
  const manager = await startManager(cleanup, (socket) => {
    sockets.push(socket);
    socket.send(banner);
  });
  const tunnel = await startTunnel(cleanup, manager.url, {
    upgrade: () => Promise.resolve({ ...upgradeTo(manager.url), isOver }),
    timing: { lookEvery: 50, pingAfter: 20 },
  });
  const client = await startClient(cleanup, tunnel.port);
  await client.has(banner.length);
  return {
    client,
    sockets,
    failures: () => tunnel.failures.map(({ code }) => code),
    close: () => tunnel.close(),
  };
}

it('are reset where the session is over, though every ping is answered', async () => {
  const { client, failures } = await startWatched(() => Promise.resolve(ended));
  expect(await client.ended).toBe('reset');
  await until(() => failures().length > 0);
  expect(failures()).toEqual(['session-ended']);
});

it('go on where it lives, and where that cannot be told', async () => {
  let asked = 0;
  const { client, sockets, failures } = await startWatched(() => {
    asked++;
    return asked === 1 ? Promise.resolve(null) : Promise.reject(ended);
  });
  await until(() => asked === 3);
  sockets[0]?.send(banner);
  await client.has(2 * banner.length);
  expect(failures()).toEqual([]);
});

it('are not asked about while something is heard', async () => {
  let asked = 0;
  const { client, sockets } = await startWatched(() => {
    asked++;
    return Promise.resolve(ended);
  });
  const timer = setInterval(() => sockets[0]?.send(banner), 5);
  cleanup.add(() => {
    clearInterval(timer);
  });
  await client.has(60 * banner.length);
  expect(asked).toBe(0);
});

it('end, and the question with them, when the tunnel is closed', async () => {
  let question: AbortSignal | undefined;
  const { close } = await startWatched((signal) => {
    question = signal;
    return new Promise(() => undefined);
  });
  await until(() => question !== undefined);
  await close();
  await until(() => question?.aborted === true);
  expect(question?.reason).toBeInstanceOf(BaiError);
});

it('go on where something is heard while that is asked', async () => {
  let answer: ((failure: BaiError) => void) | undefined;
  const { client, sockets, failures } = await startWatched(
    () =>
      new Promise((resolve) => {
        answer ??= resolve;
      }),
  );
  await until(() => answer !== undefined);
  sockets[0]?.send(banner);
  await client.has(2 * banner.length);
  answer?.(ended);
  sockets[0]?.send(banner);
  await client.has(3 * banner.length);
  expect(failures()).toEqual([]);
});

it('are asked about once at a time', async () => {
  let asked = 0;
  const { client, sockets } = await startWatched(() => {
    asked++;
    return new Promise(() => undefined);
  });
  await until(() => asked > 0);
  await new Promise((resolve) => setTimeout(resolve, 300));
  sockets[0]?.send(banner);
  await client.has(2 * banner.length);
  expect(asked).toBe(1);
});
