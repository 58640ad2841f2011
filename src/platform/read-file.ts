import { readFileSync, statSync, type Stats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { BaiError } from '../errors.js';

/** The code of a system error, such as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/** What the system says of a file that the text around it names: without its path, which is said once. */
export function reasonOf(cause: unknown): string {
  const { message, syscall } = cause as NodeJS.ErrnoException;
  return syscall === undefined ? message : (message.split(`, ${syscall}`, 1)[0] ?? message);
}

/**
 * The bytes of a file, or `null` where there is none. Only "not found" counts as none: taking an
 * unreadable file for an empty one would end in its loss.
 * @throws BaiError as `refuseNoFile`, or where the file is there and cannot be read
 */
export async function readFileIfExists(path: string): Promise<Buffer | null> {
  try {
    refuseNoFile(path, await stat(path));
    return await readFile(path);
  } catch (error) {
    return absentOrThrow(path, error);
  }
}

/** `readFileIfExists` for where nothing can be awaited. */
export function readFileIfExistsSync(path: string): Buffer | null {
  try {
    refuseNoFile(path, statSync(path));
    return readFileSync(path);
  } catch (error) {
    return absentOrThrow(path, error);
  }
}

/**
 * `readFileIfExists` for what a person names and we only read: that may be a pipe, as `<(…)` of a
 * shell is.
 * @throws BaiError where it is there and cannot be read
 */
export async function readInputIfExists(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    return absentOrThrow(path, error);
  }
}

/**
 * Refuses what is there under a file's name and is none. A pipe that nobody writes to would be waited
 * for without end, and a rename would put a file in the place of a device.
 * @param found of what the links at `path` lead to
 * @throws BaiError `file-is-folder`, `file-is-special`
 */
export function refuseNoFile(path: string, found: Stats): void {
  if (found.isFile()) return;
  if (found.isDirectory()) throw isFolder(path);
  throw new BaiError(
    'file-is-special',
    `${path} is a device, a pipe or a socket, and a file is wanted`,
    'move it away, or have the program that it belongs to use a file; it is left as it is',
  );
}

function isFolder(path: string, cause?: unknown): BaiError {
  return new BaiError(
    'file-is-folder',
    `${path} is a folder, and a file is wanted`,
    'name a file instead; where a program wants one of that very name, move the folder away',
    { cause },
  );
}

function absentOrThrow(path: string, cause: unknown): null {
  if (cause instanceof BaiError) throw cause;
  if (errorCode(cause) === 'ENOENT') return null;
  if (errorCode(cause) === 'EISDIR') throw isFolder(path, cause);
  throw new BaiError(
    'file-not-readable',
    `cannot read ${path}: ${reasonOf(cause)}`,
    'see what it is and who owns it; it is left as it is',
    { cause },
  );
}

/** No such directory, a file of that name, or one that we may not look into, as some in PATH. */
const NO_DIRECTORY: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM']);

/**
 * The names of the files in a directory (not of its directories), or `null` where there is none that
 * we can look into. Nothing can be lost by that: what we cannot look into we cannot write to.
 * @throws BaiError where the disk fails
 */
export async function listFiles(path: string): Promise<string[] | null> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  } catch (cause) {
    if (NO_DIRECTORY.has(errorCode(cause) ?? '')) return null;
    throw new BaiError(
      'directory-not-readable',
      `cannot list ${path}: ${reasonOf(cause)}`,
      'see whether its disk is connected and sound',
      { cause },
    );
  }
}
