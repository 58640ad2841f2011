import type { FileChange } from '../changes/change.js';
import type { Snapshot } from '../changes/snapshot.js';
import { joinStates, parseState, serializeState, type State } from './state.js';
import type { Workspace } from './workspace.js';

/**
 * The change that makes the state file say `state`. Where its plan is taken back but for some client's
 * file, the site stays in the notes, so that it can still be removed.
 */
export function planState(workspace: Workspace, now: Snapshot, state: State): FileChange {
  const path = workspace.stateFile;
  const before = now.file(path);
  return {
    kind: 'file',
    stage: 'entry',
    title: 'notes of bai-win',
    path,
    before,
    after: serializeState(state),
    remnant: serializeState(joinStates(parseState(before, path), state)),
    secret: false,
    foreign: false,
  };
}
