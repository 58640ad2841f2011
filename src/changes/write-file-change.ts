import { mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { BaiError } from '../errors.js';
import { removeFile, temporaryName, writeFileAtomic } from '../platform/atomic-write.js';
import type { AppPaths } from '../platform/app-paths.js';
import { ensurePrivateDirectory } from '../platform/private-files.js';
import { readFileIfExists } from '../platform/read-file.js';
import { resolveSymlinks } from '../platform/symlinks.js';
import { overtaken } from './overtaken.js';

/** One file's new content. */
interface FileWrite {
  readonly path: string;
  readonly content: Buffer | null;
  readonly secret: boolean;
  /** Mode of a file that is made anew; private unless told. */
  readonly mode?: number | undefined;
  /** Whether what the file holds now may go; asked at the last moment. */
  readonly mayReplace: (now: Buffer | null) => boolean;
}

/**
 * Gives a file its new content, making the folders that are missing: those of our own for the owner
 * alone, whatever they hold.
 * @param tag names the temporary file, so that one left by a crash can be found
 * @throws BaiError `plan-overtaken` where the file may not be replaced, or where that fails; it is as
 *   it was then
 */
export async function writeFileChange(
  write: FileWrite,
  paths: AppPaths,
  tag: string,
): Promise<void> {
  const check = async (): Promise<void> => {
    if (!write.mayReplace(await readFileIfExists(write.path))) throw overtaken(write.path);
  };
  if (write.content === null) {
    await check();
    await removeFile(write.path);
    return;
  }
  const folder = dirname(await resolveSymlinks(write.path));
  if (isOwnFolder(folder, paths)) await ensurePrivateDirectory(folder);
  // 0700 is what ssh, PuTTY and the XDG Base Directory Specification want of folders they miss.
  else await mkdir(folder, { recursive: true, mode: 0o700 }).catch(refuseFolder);
  await writeFileAtomic(write.path, write.content, {
    private: write.secret,
    temporaryName: temporaryName(tag),
    check,
    ...(write.mode === undefined ? {} : { mode: write.mode }),
  });
}

function refuseFolder(cause: Error): never {
  throw new BaiError(
    'folder-not-made',
    `a folder of another program cannot be made: ${cause.message}`,
    'see who may write there, and whether what it leads to is connected',
    { cause },
  );
}

/** Where the temporary file of a `writeFileChange` would be. */
export async function temporaryPath(path: string, tag: string): Promise<string> {
  return `${dirname(await resolveSymlinks(path))}${sep}${temporaryName(tag)}`;
}

/** The folders of other programs that writing to `path` would make, outermost first. */
export async function missingFolders(path: string, paths: AppPaths): Promise<string[]> {
  const missing: string[] = [];
  let folder = dirname(await resolveSymlinks(path));
  while (!isOwnFolder(folder, paths) && !(await exists(folder)) && dirname(folder) !== folder) {
    missing.unshift(folder);
    folder = dirname(folder);
  }
  return missing;
}

/** Removes folders that nothing is in, innermost first; the others stay. */
export async function removeEmptyFolders(outermostFirst: readonly string[]): Promise<void> {
  for (const folder of outermostFirst.toReversed()) await rmdir(folder).catch(() => undefined);
}

function isOwnFolder(folder: string, { config, data }: AppPaths): boolean {
  return [config, data].some((own) => folder === own || folder.startsWith(`${own}${sep}`));
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
