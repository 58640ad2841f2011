import type { FileChange } from '../changes/change.js';
import type { Snapshot } from '../changes/snapshot.js';
import { serializeState, type State } from './state.js';
import type { Workspace } from './workspace.js';

/** The change that makes the state file say `state`. */
export function planState(workspace: Workspace, now: Snapshot, state: State): FileChange {
  return {
    kind: 'file',
    stage: 'entry',
    title: 'notes of bai-win',
    path: workspace.stateFile,
    before: now.file(workspace.stateFile),
    after: serializeState(state),
    secret: false,
    foreign: false,
  };
}
