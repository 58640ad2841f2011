import { realpath } from 'node:fs/promises';
import { join, posix, sep } from 'node:path';

/** Where the scratch folder appears to clients. */
export const homePath = '/home/work';

/** Folders above the home: they can be looked at, and nothing else. */
const virtualFolders: ReadonlyMap<string, readonly string[]> = new Map([
  ['/', ['home']],
  ['/home', ['work']],
]);

/** What a path of a client stands for. */
type Place =
  | { readonly kind: 'virtual'; readonly entries: readonly string[] }
  | { readonly kind: 'host'; readonly path: string; readonly isHome: boolean }
  | { readonly kind: 'nowhere' };

/** A client's path, absolute and without `.` and `..`. Relative ones start in the home. */
export function normalize(path: string): string {
  const absolute = posix.resolve(homePath, path);
  return absolute === '' ? '/' : absolute;
}

/**
 * Finds the place of a client's path. Links never lead out: they cannot be made by clients, and
 * one that was put into the scratch folder by hand is not followed.
 * @param home the scratch folder
 */
export async function locate(home: string, path: string): Promise<Place> {
  const absolute = normalize(path);
  const entries = virtualFolders.get(absolute);
  if (entries !== undefined) return { kind: 'virtual', entries };
  if (absolute === homePath) return { kind: 'host', path: home, isHome: true };
  if (!absolute.startsWith(`${homePath}/`)) return { kind: 'nowhere' };
  const names = absolute.slice(homePath.length + 1).split('/');
  if (names.some((name) => !isSafeName(name))) return { kind: 'nowhere' };
  const hostPath = join(home, ...names);
  return (await isInside(home, join(home, ...names.slice(0, -1))))
    ? { kind: 'host', path: hostPath, isHome: false }
    : { kind: 'nowhere' };
}

/** Names that would mean something else to the host's file system are refused. */
function isSafeName(name: string): boolean {
  return sep === '\\' ? !/[\\:\0]/.test(name) : !name.includes('\0');
}

/** Whether a folder is, with all links followed, the home or below it. Missing ones are harmless. */
async function isInside(home: string, folder: string): Promise<boolean> {
  try {
    const [root, actual] = await Promise.all([realpath(home), realpath(folder)]);
    return actual === root || actual.startsWith(root + sep);
  } catch {
    return true;
  }
}
