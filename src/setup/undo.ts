import type { Recovery } from '../changes/recover.js';
import { listApplied, undoLast, type AppliedPlan } from '../changes/undo.js';
import type { AgentStatus } from '../tunnel/agent/protocol.js';
import { refreshAgent } from './agent/control.js';
import { withClientLocks } from './apply-changes.js';
import { recoverChanges } from './recover-changes.js';
import type { Workspace } from './workspace.js';

interface UndoResult {
  /** An interrupted run that was brought to an end first; `null` where there was none. */
  readonly recovery: Recovery | null;
  /** What was taken back; `null` where that was the interrupted run alone. */
  readonly plan: AppliedPlan | null;
  /** The files and values that have, or with `dryRun` would have, their old content again. */
  readonly restored: readonly string[];
  /** What the agent holds after that; `null` where none runs, or it cannot be asked. */
  readonly agent: AgentStatus | null;
}

/**
 * Takes back what the last run wrote; the agent's tunnels follow. Where that run was interrupted, bringing it to an end may have
 * taken it back already: then the one before it stays.
 *
 * @throws BaiError `nothing-to-undo`, `undo-refused`, and where FileZilla's Site Manager is open
 */
export async function undo(workspace: Workspace, dryRun: boolean): Promise<UndoResult> {
  const recovery = dryRun ? null : await recoverChanges(workspace);
  if (recovery?.outcome === 'taken-back') {
    const { subjects, leftAlone } = recovery;
    const restored = subjects.filter((subject) => !leftAlone.includes(subject));
    return { recovery, plan: null, restored, agent: null };
  }
  const plan = (await listApplied(workspace))[0] ?? null;
  const subjects = plan?.changes.map(({ subject }) => subject) ?? [];
  const restored = await withClientLocks(subjects, () => undoLast(workspace, dryRun));
  // Where the agent cannot be asked, what it holds open does no harm.
  const agent = dryRun ? null : await refreshAgent(workspace).catch(() => null);
  return { recovery, plan, restored, agent };
}
