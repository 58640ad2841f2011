import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The byte of FileZilla's lock file that is locked while its Site Manager is open. */
const SITE_MANAGER_BYTE = 3;

/**
 * A write lock by fcntl in `/proc/locks` (proc_locks(5)): inode, first and last byte. Lines with `->`
 * are processes that wait for one.
 */
const LOCK = /^\d+: POSIX +ADVISORY +WRITE +\d+ +[0-9a-f]+:[0-9a-f]+:(\d+) +(\d+) +(\d+)$/;

/**
 * Linux: whether FileZilla has its Site Manager open, as far as the system tells. Node can neither
 * take such locks nor ask for them, but the kernel lists them.
 * @param settings FileZilla's settings folder, where its `lockfile` is
 */
export async function isSiteManagerOpen(settings: string): Promise<boolean> {
  try {
    const [{ ino }, locks] = await Promise.all([
      stat(join(settings, 'lockfile')),
      readFile('/proc/locks', 'utf8'),
    ]);
    return holdsByte(locks, ino, SITE_MANAGER_BYTE);
  } catch {
    // FileZilla never ran here, or the system does not tell.
    return false;
  }
}

/** Whether a list of locks has a write lock on one byte of a file. */
export function holdsByte(locks: string, inode: number, byte: number): boolean {
  return locks.split('\n').some((line) => {
    const [, file, first, last] = LOCK.exec(line) ?? [];
    return Number(file) === inode && Number(first) <= byte && byte <= Number(last);
  });
}
