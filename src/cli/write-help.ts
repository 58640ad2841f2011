/*
 * A step of the build: keeps what `--help` prints as files beside the program, so that bin/bai-win.cts
 * can show them without loading the parser, which takes several times as long as Node itself.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { commandNames } from './commands.js';
import { helpOf } from './main.js';

// Seen from dist/src/cli.
const folder = new URL('../../help/', import.meta.url);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
for (const command of [undefined, ...commandNames]) {
  const text = await helpOf(command);
  writeFileSync(new URL(`${command ?? 'bai-win'}.txt`, folder), `${text}\n`);
}
