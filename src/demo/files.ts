import { constants } from 'node:fs';
import { chmod, lstat, readdir, truncate, utimes, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Attributes, FileEntry } from 'ssh2';
import { locate } from './home.js';
import { folderAttributes, listingEntry, toAttributes } from './listing.js';

/** Status codes of draft-ietf-secsh-filexfer-02, section 7. */
export const status = {
  ok: 0,
  endOfFile: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  unsupported: 8,
} as const;

/** Open flags of draft-ietf-secsh-filexfer-02, section 6.3. */
export const flag = {
  read: 1,
  write: 2,
  append: 4,
  create: 8,
  truncate: 16,
  exclusive: 32,
} as const;

/** An operation that ends in a status other than OK. */
export class Refusal extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const noSuchFile = (): Refusal => new Refusal(status.noSuchFile, 'No such file or directory');
const denied = (): Refusal => new Refusal(status.permissionDenied, 'Permission denied');

/** The attributes of a path; links are not followed. */
export async function attributesOf(home: string, path: string): Promise<Attributes> {
  const place = await locate(home, path);
  if (place.kind === 'virtual') return folderAttributes;
  if (place.kind === 'nowhere') throw noSuchFile();
  return toAttributes(await lstat(place.path));
}

/** The entries of a folder, `.` and `..` first. */
export async function list(home: string, path: string): Promise<FileEntry[]> {
  const place = await locate(home, path);
  if (place.kind === 'nowhere') throw noSuchFile();
  if (place.kind === 'virtual') {
    return ['.', '..', ...place.entries].map((name) => listingEntry(name, folderAttributes));
  }
  if ((await lstat(place.path)).isSymbolicLink()) throw denied();
  const names = (await readdir(place.path)).sort();
  const own = toAttributes(await lstat(place.path));
  const entries = [listingEntry('.', own), listingEntry('..', folderAttributes)];
  for (const name of names) {
    entries.push(listingEntry(name, toAttributes(await lstat(join(place.path, name)))));
  }
  return entries;
}

/** The host path of something that may be created, removed or replaced. */
export async function creatable(home: string, path: string): Promise<string> {
  const place = await locate(home, path);
  if (place.kind !== 'host' || place.isHome) throw denied();
  return place.path;
}

/** The host path of something that is there, and is no link. */
export async function existing(home: string, path: string): Promise<string> {
  const place = await locate(home, path);
  if (place.kind === 'nowhere') throw noSuchFile();
  if (place.kind === 'virtual') throw denied();
  if ((await lstat(place.path)).isSymbolicLink()) throw denied();
  return place.path;
}

/** The host path of a file to be opened: new ones only inside the home, links never. */
export async function openable(home: string, path: string, flags: number): Promise<string> {
  const place = await locate(home, path);
  if (place.kind === 'nowhere' && !(flags & flag.create)) throw noSuchFile();
  if (place.kind !== 'host') throw denied();
  if (await exists(place.path)) return existing(home, path);
  return place.path;
}

/** Whether there is something at a host path, a dangling link included. */
export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** The host's flags for SFTP's. */
export function openFlags(flags: number): number {
  const reads = (flags & flag.read) !== 0;
  const writes = (flags & (flag.write | flag.append)) !== 0;
  const access = writes ? (reads ? constants.O_RDWR : constants.O_WRONLY) : constants.O_RDONLY;
  return (
    access |
    (flags & flag.append ? constants.O_APPEND : 0) |
    (flags & flag.create ? constants.O_CREAT : 0) |
    (flags & flag.truncate ? constants.O_TRUNC : 0) |
    (flags & flag.exclusive ? constants.O_EXCL : 0)
  );
}

/** Sets what is given of size, permissions and times; the owner stays. */
export async function setAttributes(path: string, attributes: Partial<Attributes>): Promise<void> {
  const { size, mode, atime, mtime } = attributes;
  if (size !== undefined) await truncate(path, size);
  if (mode !== undefined) await chmod(path, mode & 0o777);
  if (atime !== undefined && mtime !== undefined) await utimes(path, atime, mtime);
}

/** As `setAttributes`, of an open file. */
export async function setFileAttributes(
  file: FileHandle,
  { size, mode, atime, mtime }: Partial<Attributes>,
): Promise<void> {
  if (size !== undefined) await file.truncate(size);
  if (mode !== undefined) await file.chmod(mode & 0o777);
  if (atime !== undefined && mtime !== undefined) await file.utimes(atime, mtime);
}

/** Errors of the host's file system, without its paths. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return noSuchFile();
  if (code === 'EACCES' || code === 'EPERM') return denied();
  return new Refusal(status.failure, code === '' ? 'Failure' : `Failure (${code})`);
}
