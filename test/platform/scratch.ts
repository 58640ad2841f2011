import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder for one test, gone when it ends; real path, as macOS has a symlink on the way. */
export async function scratch(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'bai-win-test-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
