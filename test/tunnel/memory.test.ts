/** What a tunnel holds for clients that take nothing: bounded, however many they are. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { compileChild } from '../compile-child.js';
import { Cleanup, startClient, startManager } from './manager.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const MiB = 1024 * 1024;
const CLIENTS = 100;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A tunnel to `url` in a process of its own. */
async function startProcess(
  url: string,
): Promise<{ readonly port: number; readonly resident: () => Promise<number> }> {
  const folder = await mkdtemp(join(tmpdir(), 'bai-win-tunnel-'));
  cleanup.add(() => rm(folder, { recursive: true }));
  const child = fork(await compileChild('test/tunnel/tunnel-child.ts', folder), [url]);
  cleanup.add(() => child.kill());
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    port,
    resident: async () => {
      child.send('?');
      const [{ resident }] = (await once(child, 'message')) as [{ resident: number }];
      return resident;
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
  const before = await tunnel.resident();
  for (let i = 0; i < CLIENTS; i++) (await startClient(cleanup, tunnel.port)).socket.pause();
  // Until nothing moves any more.
  const left = (): number => buffered.reduce((sum, amount) => sum + amount(), 0);
  for (let last = -1; last !== left() || buffered.length < CLIENTS;) {
    last = left();
    await pause(500);
  }
  expect(left()).toBeGreaterThan(0);
  expect((await tunnel.resident()) - before).toBeLessThan(64 * MiB);
});
