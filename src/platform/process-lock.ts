import { randomUUID } from 'node:crypto';
import { open, readFile, stat, unlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BaiError } from '../errors.js';
import { isAlive } from './is-alive.js';
import { errorCode } from './read-file.js';
import { retryTransient } from './retry-transient.js';

/** Nobody holds a lock longer; a live process of that number is another program by now. */
const LONGEST_HOLD_MS = 10 * 60_000;

/** A lock without a number in it: its owner died between making and filling it. */
const LONGEST_UNSIGNED_MS = 2_000;

const POLL_MS = 50;
const WAIT_LIMIT_MS = 30_000;

/**
 * Runs `use` while no other process does so for the same lock file. The file holds the process number
 * of its owner and a name for this one hold; a lock whose owner is gone is taken over.
 * @throws BaiError where another process keeps the lock for 30 s, or it cannot be made
 */
export async function withProcessLock<T>(path: string, use: () => Promise<T>): Promise<T> {
  const token = `${process.pid} ${randomUUID()}`;
  for (let waited = 0; !(await take(path, token)); waited += POLL_MS) {
    if (waited >= WAIT_LIMIT_MS) {
      throw new BaiError(
        'already-running',
        `another bai-win is writing, and has been for ${WAIT_LIMIT_MS / 1000} s`,
        `wait for it to end; if none is running, delete ${path}`,
      );
    }
    await sleep(POLL_MS);
  }
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
}

async function take(path: string, token: string): Promise<boolean> {
  await make(path, token);
  // What counts is what it holds: whoever was slow to sign may have lost it meanwhile.
  const found = await look(path);
  if (found?.content === token) return true;
  if (found !== null && isStale(found)) await breakLock(path);
  return false;
}

/**
 * Removes a stale lock. Only one process at a time does so, and looks again then: what another one
 * found stale may since have been broken, and be the lock of a living owner.
 */
async function breakLock(path: string): Promise<void> {
  const breaker = `${path}-break`;
  const token = `${process.pid} ${randomUUID()}`;
  if (!(await make(breaker, token))) {
    const other = await look(breaker);
    // It is held for a moment; one as old as this was left by a crash.
    if (other !== null && other.age > LONGEST_UNSIGNED_MS) await ifThere(() => unlink(breaker));
    return;
  }
  try {
    const found = await look(path);
    if (found !== null && isStale(found)) await ifThere(() => unlink(path));
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

function isStale({ content, age }: Found): boolean {
  if (content === '') return age > LONGEST_UNSIGNED_MS;
  return !isAlive(Number.parseInt(content, 10)) || age > LONGEST_HOLD_MS;
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

function notMade(path: string, cause: unknown): BaiError {
  return new BaiError(
    'lock-not-made',
    `cannot make ${path}: ${(cause as Error).message}`,
    'see whether its folder is writable and the disk has room, or set BAI_WIN_HOME to another place',
    { cause },
  );
}
