import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { decodeText } from '../decode-text.js';
import { parseDotEnv } from '../manager/dotenv.js';
import { readFileIfExists } from '../platform/read-file.js';
import type { Workspace } from './workspace.js';

/** What a `.env` file says, and where it lies. */
interface DotEnv {
  readonly path: string;
  readonly values: Readonly<Record<string, string>>;
}

/**
 * The nearest `.env` at or above the folder that the person is in. One that belongs to another user is
 * passed over, and told: in a folder that all can write to, like /tmp, it would say to whom keys are sent.
 */
export async function findDotEnv({
  folder,
  notice,
}: Pick<Workspace, 'folder' | 'notice'>): Promise<DotEnv | null> {
  if (folder === null) return null;
  for (let current = folder; ; current = dirname(current)) {
    const path = join(current, '.env');
    const owner = await ownerOfFile(path);
    if (owner === 'another') {
      notice(`${path} belongs to another user and is not used`);
    } else if (owner !== null) {
      const bytes = await readFileIfExists(path);
      if (bytes !== null) return { path, values: parseDotEnv(decodeText(bytes)) };
    }
    if (dirname(current) === current) return null;
  }
}

/** Whose file that is; `null` where there is none. Windows names no owner here: `mine`. */
async function ownerOfFile(path: string): Promise<'mine' | 'another' | null> {
  const found = await stat(path).catch(() => null);
  // A folder of that name is a Python environment, not settings.
  if (found?.isFile() !== true) return null;
  const user = process.getuid?.();
  // What root has put there was put there by whoever rules this computer.
  return user === undefined || found.uid === user || found.uid === 0 ? 'mine' : 'another';
}
