import { fileURLToPath } from 'node:url';

/** The program as people start it; seen from dist/src/setup. */
const PROGRAM = fileURLToPath(new URL('../../bin/bai-win.js', import.meta.url));

/**
 * The command line, unquoted, by which other programs start this bai-win. It names Node.js and the
 * file in full, since a client that was started by a click may have another PATH than a terminal.
 */
export function ownCommand(...words: string[]): string[] {
  return [process.execPath, PROGRAM, ...words];
}
