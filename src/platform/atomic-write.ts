import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, stat, unlink } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { BaiError } from '../errors.js';
import { isPrivateDirectory, restrictToOwner } from './private-files.js';
import { errorCode, reasonOf, refuseNoFile } from './read-file.js';
import { retryTransient } from './retry-transient.js';
import { resolveSymlinks } from './symlinks.js';

interface AtomicWriteOptions {
  /** For the owner alone, whatever an existing file allows. Otherwise its mode is kept. */
  readonly private?: boolean;
  /** Mode of a file that does not exist yet; 0600 unless told. */
  readonly mode?: number;
  /**
   * Name of the temporary file, for callers that clean up after a crash and that are alone: one left
   * behind is replaced. Random unless told.
   */
  readonly temporaryName?: string;
  /** A last look before each attempt to rename, when all is ready: what it throws leaves the file as it is. */
  readonly check?: (() => Promise<void>) | undefined;
  /** Replaced in tests. */
  readonly rename?: RenameFunction;
}

type RenameFunction = (from: string, to: string) => Promise<void>;

/**
 * Replaces the content of a file so that at every instant, also if the machine dies, there is either
 * the old or the new content: written beside it, flushed, renamed over it. Symlinks are followed, an
 * existing file keeps its mode and owner, and no other name is left behind.
 * @throws BaiError as `refuseNoFile`, or where that cannot be done; what was there is still there then
 */
export async function writeFileAtomic(
  path: string,
  content: Buffer,
  options: AtomicWriteOptions = {},
): Promise<void> {
  const target = await resolveSymlinks(path);
  const name = options.temporaryName ?? temporaryName(randomBytes(6).toString('hex'));
  const temporary = join(dirname(target), name);
  try {
    // Not of the target: a link of the kernel's own, as /dev/stdout has one, leads to no name.
    const existing = await statIfExists(path);
    if (existing !== null) {
      refuseNoFile(path, existing);
      refuseReadOnly(path, existing);
    }
    if (options.temporaryName !== undefined) await unlinkIfExists(temporary);
    await writeTemporary(temporary, content, existing, options);
    await retryTransient(async () => {
      await options.check?.();
      await (options.rename ?? rename)(temporary, target);
    });
    await flushDirectory(dirname(target));
  } catch (cause) {
    await unlink(temporary).catch(() => undefined);
    if (cause instanceof BaiError) throw cause;
    await refuseAbsentFolder(path, dirname(target));
    throw new BaiError(
      'file-not-written',
      // The name of the temporary file says nothing to anybody.
      `cannot write ${path}: ${reasonOf(cause)}`,
      errorCode(cause) === 'ENOSPC'
        ? 'make room on the disk, then run the command again'
        : 'close the program that has the file open, or see who may write to its folder',
      { cause },
    );
  }
}

/** The usual reason, where people name a file to write. */
async function refuseAbsentFolder(path: string, folder: string): Promise<void> {
  const found = await stat(folder).catch((error: unknown) => errorCode(error));
  const absent = found === 'ENOENT';
  if (!absent && found !== 'ENOTDIR' && (typeof found !== 'object' || found.isDirectory())) return;
  throw new BaiError(
    'folder-absent',
    absent
      ? `cannot write ${path}: there is no folder ${folder}`
      : `cannot write ${path}: ${folder} is no folder`,
    'make the folder first, or name a file in another one',
  );
}

/** How our temporary files are called. `tag` keeps two of them in one folder apart. */
export function temporaryName(tag: string): string {
  return `.bai-win-${tag}.tmp`;
}

/**
 * Removes a file, or the file that a symlink leads to; one that is not there is removed already.
 * @throws BaiError as `refuseNoFile`, or where it cannot be removed
 */
export async function removeFile(path: string): Promise<void> {
  const target = await resolveSymlinks(path);
  try {
    refuseNoFile(path, await stat(path));
    await retryTransient(() => unlink(target));
    await flushDirectory(dirname(target));
  } catch (cause) {
    if (cause instanceof BaiError) throw cause;
    if (errorCode(cause) === 'ENOENT') return;
    throw new BaiError(
      'file-not-removed',
      `cannot remove ${path}: ${(cause as Error).message}`,
      'close the program that has the file open, or see who may write to its folder',
      { cause },
    );
  }
}

async function writeTemporary(
  temporary: string,
  content: Buffer,
  existing: Stats | null,
  options: AtomicWriteOptions,
): Promise<void> {
  const file = await open(temporary, 'wx', 0o600);
  try {
    if (process.platform === 'win32') {
      if (options.private === true && !isPrivateDirectory(dirname(temporary))) {
        await restrictToOwner(temporary, 'file');
      }
    } else {
      await takeOverAccess(file, existing, options);
    }
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function takeOverAccess(
  file: FileHandle,
  existing: Stats | null,
  options: AtomicWriteOptions,
): Promise<void> {
  if (existing !== null) {
    const own = await file.stat();
    if (own.uid !== existing.uid || own.gid !== existing.gid) {
      // Matters when run by root in somebody's home. Others may not give files away, and need not.
      await file.chown(existing.uid, existing.gid).catch(() => undefined);
    }
  }
  if (options.private === true) return;
  const mode = existing === null ? options.mode : existing.mode & 0o7777;
  if (mode !== undefined) await file.chmod(mode);
}

async function unlinkIfExists(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error;
  });
}

async function statIfExists(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Renaming over a write-protected file works on POSIX; its owner has said that it should not. */
function refuseReadOnly(path: string, existing: Stats): void {
  if ((existing.mode & 0o200) !== 0) return;
  throw new BaiError(
    'file-read-only',
    `${path} is write-protected`,
    'take the protection off if bai-win may change it, then run the command again',
  );
}

/**
 * Makes the new name itself survive a power cut. Windows does so with the rename; some network file
 * systems cannot do it at all, and the content has been flushed in any case.
 */
async function flushDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    const directory = await open(path, 'r');
    await directory.sync().finally(() => directory.close());
  } catch {
    // Nothing is lost by it, and the file is in its place.
  }
}
