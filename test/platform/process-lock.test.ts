import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as timers from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { isLifeShown, showLife } from '../../src/platform/life-sign.js';
import { withProcessLock } from '../../src/platform/process-lock.js';
import { compileChild } from '../compile-child.js';
import { scratch } from './scratch.js';

// Lets a test look on, and step in, while a lock file is read.
vi.mock('node:fs/promises', { spy: true });
// Lets a test not wait for half a minute.
vi.mock('node:timers/promises', { spy: true });

const { setTimeout: sleep } = timers;

/** The number of a process that has ended. */
const deadPid = (): string => String(spawnSync(process.execPath, ['-e', '']).pid);

test('one at a time, and gone at the end', async () => {
  const lock = join(await scratch(), 'lock');
  let inside = 0;
  let most = 0;
  const use = async (): Promise<void> => {
    inside++;
    most = Math.max(most, inside);
    await stat(lock);
    inside--;
  };
  await Promise.all([1, 2, 3].map(() => withProcessLock(lock, use)));
  expect(most).toBe(1);
  await expect(stat(lock)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('is released when the work fails', async () => {
  const lock = join(await scratch(), 'lock');
  const fail = () => Promise.reject(new Error('no'));
  await expect(withProcessLock(lock, fail)).rejects.toThrow('no');
  await withProcessLock(lock, () => Promise.resolve());
});

test('the lock of a process that died is taken over', async () => {
  const lock = join(await scratch(), 'lock');
  await writeFile(lock, deadPid());
  const owner = await withProcessLock(lock, () => readFile(lock, 'utf8'));
  expect(Number.parseInt(owner, 10)).toBe(process.pid);
});

test('a stale lock that another process has broken and taken meanwhile is left to it', async () => {
  const folder = await scratch();
  const lock = join(folder, 'lock');
  await writeFile(lock, deadPid());
  const theirs = `${process.ppid} theirs`;
  const read = vi.mocked(fs.readFile);
  onTestFinished(() => {
    read.mockRestore();
  });
  const { readFile: trueRead } = await vi.importActual<typeof fs>('node:fs/promises');
  read.mockImplementationOnce(async (path) => {
    const dead = await trueRead(path, 'utf8');
    await writeFile(lock, theirs);
    return dead;
  });
  let used = false;
  const use = withProcessLock(lock, () => {
    used = true;
    return Promise.resolve();
  });
  await sleep(200);
  expect(used).toBe(false);
  expect(await readFile(lock, 'utf8')).toBe(theirs);
  await fs.unlink(lock);
  await use;
  expect(await readdir(folder)).toEqual([]);
});

test('a lock that was lost during the work is not taken from its next owner, nor missed', async () => {
  const lock = join(await scratch(), 'lock');
  const lost = await withProcessLock(lock, () => fs.unlink(lock).then(() => 'result'));
  expect(lost).toBe('result');
  await withProcessLock(lock, () => writeFile(lock, 'theirs'));
  expect(await readFile(lock, 'utf8')).toBe('theirs');
});

test('processes that find one stale lock at once still go one at a time', async () => {
  const folder = await scratch();
  const script = await compileChild('test/platform/lock-child.ts', join(folder, 'js'));
  const lock = join(folder, 'lock');
  const children = Array.from({ length: 4 }, () => fork(script, [lock], { execArgv: [] }));
  onTestFinished(() => {
    for (const child of children) child.kill('SIGKILL');
  });
  await Promise.all(children.map((child) => once(child, 'message')));
  for (let round = 0; round < 5; round++) {
    await writeFile(lock, deadPid());
    const answers = children.map((child) => once(child, 'message'));
    for (const child of children) child.send('go');
    const told = (await Promise.all(answers)).map(([answer]: unknown[]) => answer);
    expect(told).toEqual(children.map(() => 'alone'));
    await expect(stat(lock)).rejects.toMatchObject({ code: 'ENOENT' });
  }
});

const age = async (lock: string): Promise<void> => {
  const longAgo = new Date(Date.now() - 3_600_000);
  await utimes(lock, longAgo, longAgo);
};

test('an old lock that was never signed is taken over', async () => {
  const lock = join(await scratch(), 'lock');
  await writeFile(lock, '');
  await age(lock);
  await withProcessLock(lock, () => Promise.resolve());
});

test('a lock is taken over where its number belongs to another program by now', async () => {
  const lock = join(await scratch(), 'lock');
  const gone = await showLife();
  gone.end();
  await writeFile(lock, `${process.pid} ${gone.port} another`);
  await withProcessLock(lock, () => Promise.resolve());
});

test('a lock whose owner lives is left to it, however old, as after a sleep of the computer', async () => {
  const lock = join(await scratch(), 'lock');
  let ended = false;
  let second: Promise<boolean> | undefined;
  await withProcessLock(lock, async () => {
    await age(lock);
    second = withProcessLock(lock, () => Promise.resolve(ended));
    await sleep(200);
    ended = true;
  });
  expect(await second).toBe(true);
});

test('who waits in vain is told which process has the lock', async () => {
  const lock = join(await scratch(), 'lock');
  const wait = vi.mocked(timers.setTimeout);
  onTestFinished(() => {
    wait.mockRestore();
  });
  await withProcessLock(lock, async () => {
    wait.mockImplementation(() => Promise.resolve());
    await expect(withProcessLock(lock, () => Promise.resolve())).rejects.toMatchObject({
      code: 'already-running',
      message: expect.stringContaining(`process ${process.pid}`) as string,
      hint: expect.stringContaining(lock) as string,
    });
  });
});

test('the life sign ends with the work', async () => {
  const lock = join(await scratch(), 'lock');
  const owner = await withProcessLock(lock, () => readFile(lock, 'utf8'));
  expect(await isLifeShown(Number(owner.split(' ')[1]))).toBe(false);
});

test('a folder that is not there is told', async () => {
  const lock = join(await scratch(), 'missing', 'lock');
  const use = () => Promise.resolve();
  await expect(withProcessLock(lock, use)).rejects.toMatchObject({ code: 'lock-not-made' });
});
