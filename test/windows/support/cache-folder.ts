import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Where things that take seconds to make are kept from one run to the next: node.exe and a fresh
 * Wine prefix. Outside the repository; may be deleted at any time between runs.
 */
export function cacheFolder(): string {
  const folder = join(tmpdir(), `bai-win-windows-tests-${process.getuid?.() ?? 0}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
