import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that one test file has to itself. */
export interface ScratchFolder {
  readonly path: string;
  /** Deletes the folder and all that is in it. */
  remove(): Promise<void>;
}

/** Makes a new folder, readable by its owner only, in the system's folder for temporary files. */
export async function makeScratchFolder(): Promise<ScratchFolder> {
  const path = await mkdtemp(join(tmpdir(), 'bai-win-test-'));
  return {
    path,
    // A program that has just been killed may still be closing its files: hence the retries.
    remove: () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}
