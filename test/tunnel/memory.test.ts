/** What a tunnel holds: bounded, however many clients there are, and however much they send. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { compileChild } from '../compile-child.js';
import { Cleanup, startClient, startManager, until } from './manager.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const MiB = 1024 * 1024;
const CLIENTS = 100;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Bytes of a process. */
interface Memory {
  readonly resident: number;
  readonly arrayBuffers: number;
}

/** A tunnel to `url` in a process of its own. */
async function startProcess(
  url: string,
): Promise<{ readonly port: number; readonly memory: () => Promise<Memory> }> {
  const folder = await mkdtemp(join(tmpdir(), 'bai-win-tunnel-'));
  cleanup.add(() => rm(folder, { recursive: true }));
  const child = fork(await compileChild('test/tunnel/tunnel-child.ts', folder), [url]);
  cleanup.add(() => child.kill());
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    port,
    memory: async () => {
      child.send('?');
      const [memory] = (await once(child, 'message')) as [Memory];
      return memory;
    },
  };
}

it('a hundred downloads that nobody reads take far less than a window of 1 MiB each', async () => {
  const bytes = Buffer.alloc(MiB);
  const buffered: (() => number)[] = [];
  const manager = await startManager(cleanup, (socket) => {
    for (let i = 0; i < 16; i++) socket.send(bytes);
    buffered.push(() => socket.bufferedAmount);
  });
  const tunnel = await startProcess(manager.url);
  const before = (await tunnel.memory()).resident;
  for (let i = 0; i < CLIENTS; i++) (await startClient(cleanup, tunnel.port)).socket.pause();
  // Until nothing moves any more.
  const left = (): number => buffered.reduce((sum, amount) => sum + amount(), 0);
  for (let last = -1; last !== left() || buffered.length < CLIENTS;) {
    last = left();
    await pause(500);
  }
  expect(left()).toBeGreaterThan(0);
  expect((await tunnel.memory()).resident - before).toBeLessThan(64 * MiB);
});

it('an upload leaves nothing for the garbage collector to find', async () => {
  let received = 0;
  const manager = await startManager(cleanup, (socket) => {
    socket.send(Buffer.from('SSH-2.0-test\r\n'));
    socket.on('message', (data: Buffer) => (received += data.length));
  });
  const tunnel = await startProcess(manager.url);
  const { socket } = await startClient(cleanup, tunnel.port);
  const bytes = Buffer.alloc(MiB);
  const SENT = 96;
  let most = 0;
  for (let i = 0; i < SENT; i++) {
    if (!socket.write(bytes)) await once(socket, 'drain');
    most = Math.max(most, (await tunnel.memory()).arrayBuffers);
  }
  await until(() => received === SENT * MiB);
  // The frames under way, and what the system has not taken: see docs/performance.md, "Bounds".
  expect(most).toBeLessThan(12 * MiB);
});
