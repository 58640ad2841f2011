import { basename, dirname } from 'node:path';
import { applyPlan } from '../changes/apply.js';
import type { Change } from '../changes/change.js';
import { withFileZillaLocks } from '../platform/filezilla-locks.js';
import type { Workspace } from './workspace.js';

/**
 * Applies a plan; where it changes FileZilla's site list, under FileZilla's own locks.
 *
 * @throws BaiError those of `applyPlan`, and where FileZilla's Site Manager is open
 */
export async function applyChanges(
  workspace: Workspace,
  changes: readonly Change[],
): Promise<void> {
  const apply = (): Promise<unknown> => applyPlan(changes, workspace);
  const siteList = changes.find(
    (change) => change.kind === 'file' && basename(change.path) === 'sitemanager.xml',
  );
  if (siteList?.kind === 'file') await withFileZillaLocks(dirname(siteList.path), apply);
  else await apply();
}
