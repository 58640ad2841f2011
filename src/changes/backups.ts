import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFile, temporaryName, writeFileAtomic } from '../platform/atomic-write.js';
import { ensurePrivateDirectory } from '../platform/private-files.js';
import { readFileIfExists } from '../platform/read-file.js';

/** How many of the last states of one file or key are kept, besides the first. */
const KEPT_LAST = 4;

/** Says where a folder of backups belongs. Never a number, so never taken for a backup. */
const INDEX = 'belongs-to.txt';

/**
 * Keeps what another program's file or registry key holds before we change it, as the next number in
 * a folder of its own: `backups/sitemanager.xml-1a2b3c4d/3`. The first is kept for good, as the only
 * one that knows nothing of us, and the last four; a state that was backed up last is not stored twice.
 * @param subject full path of the file, or name of the key
 * @param extension of the numbered files, with its dot; `.reg` files can be imported with a double click
 */
export async function backUp(
  backups: string,
  subject: string,
  content: Buffer,
  extension: '' | '.reg',
): Promise<void> {
  const hash = createHash('sha256').update(subject).digest('hex').slice(0, 8);
  const folder = join(backups, `${baseName(subject)}-${hash}`);
  await ensurePrivateDirectory(folder);
  const numbers = (await readdir(folder))
    .map((name) => Number.parseInt(name, 10))
    .filter((number) => number > 0)
    .sort((a, b) => a - b);
  const last = numbers.at(-1);
  if (last !== undefined) {
    const newest = await readFileIfExists(join(folder, `${last}${extension}`));
    if (newest?.equals(content) === true) return;
  }
  const write = (name: string, bytes: Buffer): Promise<void> =>
    writeFileAtomic(join(folder, name), bytes, {
      private: true,
      temporaryName: temporaryName('backup'),
    });
  if (last === undefined) await write(INDEX, Buffer.from(`${subject}\n`));
  await write(`${(last ?? 0) + 1}${extension}`, content);
  for (const number of numbers.slice(1, -(KEPT_LAST - 1))) {
    await removeFile(join(folder, `${number}${extension}`));
  }
}

/** The last part of a path or key, as a name that every file system takes. */
function baseName(subject: string): string {
  const last = subject.split(/[/\\]/).at(-1) ?? '';
  return last.replace(/[^\p{L}\p{N}._-]+/gu, '_').slice(0, 60);
}
