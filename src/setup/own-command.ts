import { join } from 'node:path';
import { packageRoot } from '../platform/package-root.js';

/**
 * The command line, unquoted, by which other programs start this bai-win. It names Node.js and the
 * file in full, since a client that was started by a click may have another PATH than a terminal.
 */
export function ownCommand(...words: string[]): string[] {
  return [process.execPath, join(packageRoot(), 'dist', 'bin', 'bai-win.cjs'), ...words];
}
