import { randomUUID } from 'node:crypto';
import { open, readFile, stat, unlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BaiError } from '../errors.js';
import { isAlive } from './is-alive.js';
import { isLifeShown, showLife } from './life-sign.js';
import { errorCode } from './read-file.js';
import { retryTransient } from './retry-transient.js';

/** A lock without a number in it: its owner died between making and filling it. */
const LONGEST_UNSIGNED_MS = 2_000;

const POLL_MS = 50;
const WAIT_LIMIT_MS = 30_000;

/**
 * Runs `use` while no other process does so for the same lock file. The file holds the process number
 * and the life sign of its owner, and a name for this one hold. A lock whose owner is gone is taken
 * over; one whose owner lives is not, however old it is: the computer may have been asleep.
 * @param patience how long another process is waited for, in milliseconds
 * @throws BaiError `already-running` where another process keeps the lock for longer, `lock-not-made`
 */
export async function withProcessLock<T>(
  path: string,
  use: () => Promise<T>,
  patience = WAIT_LIMIT_MS,
): Promise<T> {
  const sign = await showLife().catch((cause: unknown) => {
    throw notMade(path, cause);
  });
  try {
    const token = `${process.pid} ${sign.port} ${randomUUID()}`;
    await waitFor(path, token, patience);
    let result: T;
    try {
      result = await use();
    } catch (error) {
      // Why the work failed says more than why its lock stays.
      await release(path, token).catch(() => undefined);
      throw error;
    }
    await release(path, token);
    return result;
  } finally {
    sign.end();
  }
}

/** The process that has a lock now; `null` where none does. */
export async function lockOwner(path: string): Promise<number | null> {
  const found = await look(path);
  return found === null || (await isStale(found)) ? null : Number.parseInt(found.content, 10);
}

async function waitFor(path: string, token: string, patience: number): Promise<void> {
  for (let waited = 0; ; waited += POLL_MS) {
    await make(path, token);
    // What counts is what it holds: whoever was slow to sign may have lost it meanwhile.
    const found = await look(path);
    if (found?.content === token) return;
    if (waited >= patience) throw notFreed(path, found, patience);
    if (found !== null && (await isStale(found))) await breakLock(path, token);
    await sleep(POLL_MS);
  }
}

/**
 * Removes a stale lock. Only one process at a time does so, and looks again then: what another one
 * found stale may since have been broken, and be the lock of a living owner.
 */
async function breakLock(path: string, token: string): Promise<void> {
  const breaker = `${path}-break`;
  if (!(await make(breaker, token))) {
    const other = await look(breaker);
    // It is held for a moment; left by a crash, it is stale as well.
    if (other !== null && (await isStale(other))) await ifThere(() => unlink(breaker));
    return;
  }
  try {
    const found = await look(path);
    if (found !== null && (await isStale(found))) await ifThere(() => unlink(path));
  } finally {
    await release(breaker, token);
  }
}

/** Makes a lock file; `false` where there is one. */
async function make(path: string, token: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(token);
    } catch (cause) {
      // On a full disk: a lock that nobody has signed would hinder the next one for a while.
      await unlink(path).catch(() => undefined);
      throw cause;
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    // Windows answers EPERM for a file that is being deleted.
    if (['EEXIST', 'EPERM'].includes(errorCode(error) ?? '')) return false;
    throw notMade(path, error);
  }
}

interface Found {
  readonly content: string;
  /** In milliseconds. */
  readonly age: number;
}

/** A lock file as it is now, `null` where it is gone or going. */
async function look(path: string): Promise<Found | null> {
  try {
    const [content, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    return { content, age: Date.now() - mtimeMs };
  } catch (error) {
    if (['ENOENT', 'EPERM', 'EBUSY'].includes(errorCode(error) ?? '')) return null;
    throw error;
  }
}

async function isStale({ content, age }: Found): Promise<boolean> {
  if (content === '') return age > LONGEST_UNSIGNED_MS;
  const [pid = NaN, port = NaN] = content.split(' ').map(Number);
  if (!isAlive(pid)) return true;
  // One without a port was not signed by this version: its owner's number has to do.
  return port < 65_536 && !(await isLifeShown(port));
}

/** Removes our lock; one that was taken over belongs to somebody else. */
async function release(path: string, token: string): Promise<void> {
  await ifThere(async () => {
    if ((await readFile(path, 'utf8')) === token) await unlink(path);
  });
}

async function ifThere(use: () => Promise<void>): Promise<void> {
  try {
    await retryTransient(use);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

function notFreed(path: string, found: Found | null, patience: number): BaiError {
  if (found === null) return notMade(path, new Error('the system does not let it be made'));
  const owner = `process ${Number.parseInt(found.content, 10)}`;
  return new BaiError(
    'already-running',
    `another bai-win, ${owner}, is at work, and has been for ${patience / 1000} s`,
    `let ${owner} end, or end it; if it is no bai-win, delete ${path}`,
  );
}

function notMade(path: string, cause: unknown): BaiError {
  return new BaiError(
    'lock-not-made',
    `cannot make ${path}: ${(cause as Error).message}`,
    'see whether its folder is writable and the disk has room, or set BAI_WIN_HOME to another place',
    { cause },
  );
}
