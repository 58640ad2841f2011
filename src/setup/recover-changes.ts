import { interruptedSubjects, recover, type Recovery } from '../changes/recover.js';
import { withClientLocks } from './apply-changes.js';
import type { Workspace } from './workspace.js';

/**
 * Brings an interrupted run to an end before anything is read for a new plan; where that may rewrite
 * FileZilla's site list, under FileZilla's own locks.
 *
 * @returns what was done, to be told; `null` where no run was interrupted
 * @throws BaiError those of `recover`, and where FileZilla's Site Manager is open; nothing has been
 *   written then
 */
export async function recoverChanges(workspace: Workspace): Promise<Recovery | null> {
  const subjects = await interruptedSubjects(workspace);
  return subjects.length === 0 ? null : withClientLocks(subjects, () => recover(workspace));
}
