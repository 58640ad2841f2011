import { createHash } from 'node:crypto';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Every file below `folder` by its relative path, with its mode and the SHA-256 of its content, for
 * comparing before and after.
 */
export async function folderContents(folder: string): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1);
    if (entry.isSymbolicLink()) contents[name] = `-> ${await readlink(path)}`;
    if (!entry.isFile()) continue;
    const hash = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
    const mode = ((await stat(path)).mode & 0o777).toString(8);
    contents[name] = `${mode} ${hash}`;
  }
  return contents;
}
