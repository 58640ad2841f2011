/*
 * A step of the build: keeps what `--help` prints as files beside the program, so that bin/bai-win.cts
 * can show them without loading the parser, which takes several times as long as Node itself.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../platform/package-root.js';
import { commandNames } from './commands.js';
import { helpOf } from './main.js';

const folder = join(packageRoot(), 'dist', 'help');

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
for (const command of [undefined, ...commandNames]) {
  const text = await helpOf(command === undefined ? [] : [command]);
  writeFileSync(join(folder, `${command ?? '_'}.txt`), `${text}\n`);
}
