import type { RegData } from '../platform/reg-file.js';
import type { Change, FileChange, Stage } from './change.js';

/**
 * One list of changes that can be applied in order: two changes of the same file or value become one
 * (the first's before, the last's after), those that change nothing are dropped, and the rest is
 * ordered by stage. What is removed goes in the opposite order, entries before the keys they name.
 * @throws Error where a change does not start from what an earlier one left: a programming error
 */
export function mergeChanges(changes: readonly Change[]): Change[] {
  const merged = new Map<string, Change>();
  for (const change of changes) {
    const subject = subjectOf(change);
    const earlier = merged.get(subject);
    merged.set(subject, earlier === undefined ? change : join(earlier, change));
  }
  return [...merged.values()]
    .filter((change) => !sameState(change.before, change.after))
    .sort((a, b) => rank(a) - rank(b));
}

/** Whether two states of one file or value are the same. */
export function sameState(a: Buffer | RegData | null, b: Buffer | RegData | null): boolean {
  if (a === null || b === null) return a === b;
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && a.equals(b);
  }
  return a.type === b.type && a.data === b.data;
}

/** What a person would call the file or value: the path, or key and name in one. */
export function subjectOf(change: Change): string {
  return change.kind === 'file' ? change.path : `${change.key}\\${change.name || '(Default)'}`;
}

function join(first: Change, second: Change): Change {
  if (!sameState(first.after, second.before)) {
    throw new Error(`two changes do not follow each other: ${subjectOf(second)}`);
  }
  const stage: Stage = STAGES[Math.max(stageRank(first), stageRank(second))] ?? 'entry';
  const title = first.title === second.title ? first.title : `${first.title}, ${second.title}`;
  if (first.kind === 'registry' && second.kind === 'registry') {
    return { ...second, stage, title, before: first.before };
  }
  const [a, b] = [first as FileChange, second as FileChange];
  return {
    ...b,
    stage,
    title,
    before: a.before,
    secret: a.secret || b.secret,
    foreign: a.foreign || b.foreign,
  };
}

const STAGES: readonly Stage[] = ['key-file', 'host-key', 'entry'];

function stageRank(change: Change): number {
  return STAGES.indexOf(change.stage);
}

function rank(change: Change): number {
  const stage = stageRank(change);
  return change.after === null ? 2 * STAGES.length - 2 - stage : stage;
}
