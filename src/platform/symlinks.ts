import { readlink, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { BaiError } from '../errors.js';

/** Linux gives up after 40 (path_resolution(7)). */
const MAX_LINKS = 40;

/**
 * The file that writing to `path` would reach: symlinks are followed, also one that points to a file
 * which is not there yet. Renaming over the link itself would cut it off from the user's real file.
 * @throws BaiError where links go in a circle
 */
export async function resolveSymlinks(path: string): Promise<string> {
  let target = resolve(path);
  for (let links = 0; links <= MAX_LINKS; links++) {
    let next: string;
    try {
      next = await readlink(target);
    } catch {
      // Not a link, or nothing there yet. Whatever else is wrong will be met, and explained, by
      // the one who opens the file.
      return target;
    }
    // `..` in a link is the parent of the folder where the link really is.
    target = resolve(await realpath(dirname(target)), next);
  }
  throw new BaiError(
    'symlink-loop',
    `${path} is a symbolic link that leads back to itself`,
    'remove or repair the link',
  );
}
