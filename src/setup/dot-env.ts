import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseDotEnv } from '../manager/dotenv.js';
import { readFileIfExists } from '../platform/read-file.js';

/** What a `.env` file says, and where it lies. */
interface DotEnv {
  readonly path: string;
  readonly values: Readonly<Record<string, string>>;
}

/** The nearest `.env` at or above a folder. */
export async function findDotEnv(folder: string): Promise<DotEnv | null> {
  for (let current = folder; ; current = dirname(current)) {
    const path = join(current, '.env');
    // A folder of that name is a Python environment, not settings.
    if (await isFile(path)) {
      const bytes = await readFileIfExists(path);
      if (bytes !== null) return { path, values: parseDotEnv(bytes.toString('utf8')) };
    }
    if (dirname(current) === current) return null;
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
