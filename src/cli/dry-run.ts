import type { Terminal } from './terminal.js';

/** The last word of every dry run, so that people know it again. */
export function sayDryRun(terminal: Terminal): void {
  terminal.say('this was a dry run: nothing was written');
}
