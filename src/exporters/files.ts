import type { FileChange, Stage } from '../changes/change.js';

/** What goes into the change of one file besides its bytes. */
export interface FileTarget {
  readonly stage: Stage;
  readonly title: string;
  readonly path: string;
}

/** The change of another program's file; none where the bytes stay the same. */
export function fileChanges(
  target: FileTarget,
  before: Buffer | null,
  after: Buffer | null,
): FileChange[] {
  const same = before === null || after === null ? before === after : before.equals(after);
  if (same) return [];
  return [{ kind: 'file', ...target, before, after, secret: false, foreign: true }];
}
