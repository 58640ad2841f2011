import { open, readFile, stat, unlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BaiError } from '../errors.js';
import { errorCode } from './read-file.js';

/** Nobody holds a lock longer; a live process of that number is another program by now. */
const LONGEST_HOLD_MS = 10 * 60_000;

/** A lock without a number in it: its owner died between making and filling it. */
const LONGEST_UNSIGNED_MS = 2_000;

const POLL_MS = 50;
const WAIT_LIMIT_MS = 30_000;

/**
 * Runs `use` while no other process does so for the same lock file. The file holds the process number
 * of its owner; a lock whose owner is gone is taken over.
 * @throws BaiError where another process keeps the lock for 30 s, or it cannot be made
 */
export async function withProcessLock<T>(path: string, use: () => Promise<T>): Promise<T> {
  for (let waited = 0; !(await take(path)); waited += POLL_MS) {
    if (waited >= WAIT_LIMIT_MS) {
      throw new BaiError(
        'already-running',
        `another bai-win is writing, and has been for ${WAIT_LIMIT_MS / 1000} s`,
        `wait for it to end; if none is running, delete ${path}`,
      );
    }
    await sleep(POLL_MS);
  }
  try {
    return await use();
  } finally {
    await unlink(path);
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(String(process.pid)).finally(() => file.close());
    return true;
  } catch (error) {
    // Windows answers EPERM for a file that is being deleted.
    if (!['EEXIST', 'EPERM'].includes(errorCode(error) ?? '')) throw notMade(path, error);
  }
  try {
    const [owner, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    const age = Date.now() - mtimeMs;
    if (
      isAlive(Number(owner)) ? age > LONGEST_HOLD_MS : owner !== '' || age > LONGEST_UNSIGNED_MS
    ) {
      await unlink(path);
    }
  } catch (error) {
    if (!['ENOENT', 'EPERM', 'EBUSY'].includes(errorCode(error) ?? '')) throw error;
  }
  return false;
}

function notMade(path: string, cause: unknown): BaiError {
  return new BaiError(
    'lock-not-made',
    `cannot make ${path}: ${(cause as Error).message}`,
    'see whether its folder is writable and the disk has room, or set BAI_WIN_HOME to another place',
    { cause },
  );
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}
