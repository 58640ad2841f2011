import type { Stats } from 'node:fs';
import type { Attributes, FileEntry } from 'ssh2';

/** The uid and gid of `work` in a session's container. */
const workId = 1000;

/** File type bits of `st_mode`. */
const typeBits = { mask: 0o170000, folder: 0o040000, link: 0o120000 } as const;

/** A folder that is not on the host. */
export const folderAttributes: Attributes = {
  mode: typeBits.folder | 0o755,
  uid: workId,
  gid: workId,
  size: 4096,
  atime: 0,
  mtime: 0,
};

/** What SFTP says of a file on the host; it always belongs to `work`. */
export function toAttributes(stats: Stats): Attributes {
  return {
    mode: stats.mode,
    uid: workId,
    gid: workId,
    size: stats.size,
    atime: Math.floor(stats.atimeMs / 1000),
    mtime: Math.floor(stats.mtimeMs / 1000),
  };
}

/** One entry of READDIR, with a `longname` like a line of `ls -l`, which FileZilla reads. */
export function listingEntry(filename: string, attrs: Attributes): FileEntry {
  return { filename, longname: longName(filename, attrs), attrs };
}

function longName(filename: string, { mode, size, mtime }: Attributes): string {
  const type = mode & typeBits.mask;
  const letter = type === typeBits.folder ? 'd' : type === typeBits.link ? 'l' : '-';
  const permissions = 'rwxrwxrwx'.replace(/./g, (bit, index: number) =>
    mode & (0o400 >> index) ? bit : '-',
  );
  const size10 = String(size).padStart(10);
  return `${letter}${permissions}    1 work     work     ${size10} ${lsDate(mtime)} ${filename}`;
}

/** `Jan  2 03:04` within half a year, else `Jan  2  2025`, in UTC. */
function lsDate(seconds: number): string {
  const date = new Date(seconds * 1000);
  const month = date.toLocaleString('en-US', { month: 'short', timeZone: 'UTC' });
  const day = String(date.getUTCDate()).padStart(2);
  const halfYear = 182 * 24 * 3600 * 1000;
  const recent = Math.abs(Date.now() - date.getTime()) < halfYear;
  const time = date.toISOString().slice(11, 16);
  return `${month} ${day} ${recent ? time : ` ${String(date.getUTCFullYear())}`}`;
}
