import { createHash } from 'node:crypto';
import { lstat, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchLogs } from './secret-watch.js';

/** A home of its own for one test. */
export interface ScratchHome {
  readonly path: string;
  /** Everything that a program may ask for settings, pointing below `path`, and no credentials. */
  readonly env: NodeJS.ProcessEnv;
  remove(): Promise<void>;
}

export async function makeScratchHome(): Promise<ScratchHome> {
  const path = await mkdtemp(join(tmpdir(), 'bai-win-home-'));
  return {
    path,
    // The system's keyring is the person's own, whatever the home.
    env: { PATH: process.env['PATH'], HOME: path, NO_COLOR: '1', BAI_WIN_KEYRING: 'off' },
    remove: async () => {
      watchLogs(path);
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** Every file below a folder with its mode and the hash of its content, to compare before and after. */
export async function fingerprintTree(folder: string): Promise<Record<string, string>> {
  const entries: Record<string, string> = {};
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const path = join(folder, name);
    const { mode } = await lstat(path);
    const type = (mode & 0o170000) === 0o120000 ? 'link' : (mode & 0o040000) !== 0 ? 'folder' : '';
    const content =
      type === 'link'
        ? await readlink(path)
        : type === 'folder'
          ? ''
          : createHash('sha256')
              .update(await readFile(path))
              .digest('hex');
    entries[name] = `${(mode & 0o7777).toString(8)} ${type} ${content}`;
  }
  return entries;
}

/** What `remove` has to leave as it was: files of other programs, and whatever lies in the folder of our keys. */
export async function leftovers(home: string): Promise<string[]> {
  const own = join('.local', 'share', 'bai-win');
  return Object.entries(await fingerprintTree(home))
    .filter(([name, entry]) =>
      name.startsWith(own) ? name.startsWith(join(own, 'keys')) : !entry.includes('folder'),
    )
    .map(([name, entry]) => `${name} ${entry}`);
}
