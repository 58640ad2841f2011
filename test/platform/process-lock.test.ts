import { spawnSync } from 'node:child_process';
import { readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withProcessLock } from '../../src/platform/process-lock.js';
import { scratch } from './scratch.js';

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
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  await writeFile(lock, String(pid));
  const owner = await withProcessLock(lock, () => readFile(lock, 'utf8'));
  expect(owner).toBe(String(process.pid));
});

test.each([
  ['that was never signed', ''],
  ['of another program that got the number', String(process.pid)],
])('an old lock %s is taken over', async (_, content) => {
  const lock = join(await scratch(), 'lock');
  await writeFile(lock, content);
  const longAgo = new Date(Date.now() - 3_600_000);
  await utimes(lock, longAgo, longAgo);
  await withProcessLock(lock, () => Promise.resolve());
});

test('a folder that is not there is told', async () => {
  const lock = join(await scratch(), 'missing', 'lock');
  const use = () => Promise.resolve();
  await expect(withProcessLock(lock, use)).rejects.toMatchObject({ code: 'lock-not-made' });
});
