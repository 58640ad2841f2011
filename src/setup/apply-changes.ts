import { basename, dirname } from 'node:path';
import { applyPlan } from '../changes/apply.js';
import type { Change } from '../changes/change.js';
import { subjectOf } from '../changes/merge.js';
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
  await withClientLocks(changes.map(subjectOf), () => applyPlan(changes, workspace));
}

/**
 * Runs `use`, which writes the files and values `subjects`, under the locks of the clients that they
 * belong to.
 *
 * @throws BaiError those of `use`, and where FileZilla's Site Manager is open
 */
export async function withClientLocks<T>(
  subjects: readonly string[],
  use: () => Promise<T>,
): Promise<T> {
  const siteList = subjects.find((subject) => basename(subject) === 'sitemanager.xml');
  return siteList === undefined ? use() : withFileZillaLocks(dirname(siteList), use);
}
