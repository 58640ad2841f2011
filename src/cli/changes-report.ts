import type { Change } from '../changes/change.js';
import { describeChanges } from '../changes/describe.js';
import type { Terminal } from './terminal.js';

/** Shows a person what a dry run would change: a diff on stdout, unless that is for JSON. */
export function showPlan(terminal: Terminal, changes: readonly Change[]): void {
  if (changes.length === 0) terminal.say('no changes to make');
  else if (!terminal.json) terminal.printDiff(describeChanges(changes));
}

/**
 * What is written where, for people: registry values of one entry are one line, and our own notes are
 * nobody's business.
 */
export function whatIsWritten(changes: readonly Change[]): string[] {
  return linesOf(changes.filter((change) => !isOurNotes(change)));
}

/** The same for our own notes, which a dry run shows as well. */
export function notesWritten(changes: readonly Change[]): string[] {
  return linesOf(changes.filter(isOurNotes));
}

const isOurNotes = (change: Change): boolean =>
  change.kind === 'file' && !change.foreign && !change.secret;

function linesOf(changes: readonly Change[]): string[] {
  const lines = changes.map(
    (change) => `${change.title}: ${change.kind === 'file' ? change.path : change.key}`,
  );
  return [...new Set(lines)];
}
