import type { Recovery } from '../changes/recover.js';
import { listApplied, undoLast, type AppliedPlan } from '../changes/undo.js';
import { referencesTo } from '../names-apart.js';
import type { AgentStatus, TunnelStatus } from '../tunnel/agent/protocol.js';
import { refreshAgent } from './agent/control.js';
import { withClientLocks } from './apply-changes.js';
import { exportersById } from './choose-exporters.js';
import { knownSites, type KnownSite } from './find-site.js';
import { recordedSite } from './recorded-site.js';
import { recoverChanges } from './recover-changes.js';
import { findRunningTunnel } from './running-tunnels.js';
import { readState } from './site-list.js';
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
  /** Tunnels that the agent held for what was taken back, and has closed. */
  readonly ended: readonly TunnelStatus[];
  /**
   * Sites that have clients again which need a tunnel, and none that is open: of each the name, or the
   * id where another one has that name.
   */
  readonly closed: readonly string[];
}

/**
 * Takes back what the last run wrote; the agent's tunnels follow. Where that run was interrupted, bringing
 * it to an end may have taken it back already: then the one before it stays.
 *
 * @throws BaiError `nothing-to-undo`, `undo-refused`, and where FileZilla's Site Manager is open
 */
export async function undo(workspace: Workspace, dryRun: boolean): Promise<UndoResult> {
  const recovery = dryRun ? null : await recoverChanges(workspace);
  if (recovery?.outcome === 'taken-back') {
    const { subjects, leftAlone } = recovery;
    const restored = subjects.filter((subject) => !leftAlone.includes(subject));
    return { recovery, plan: null, restored, agent: null, ended: [], closed: [] };
  }
  const plan = (await listApplied(workspace))[0] ?? null;
  const subjects = plan?.changes.map(({ subject }) => subject) ?? [];
  const before = await sitesNow(workspace);
  const restored = await withClientLocks(subjects, () => undoLast(workspace, dryRun));
  // Where the agent cannot be asked, what it holds open does no harm.
  const refreshed = dryRun ? null : await refreshAgent(workspace).catch(() => null);
  const { status: agent = null, ended = [] } = refreshed ?? {};
  const closed = dryRun ? [] : await closedSince(workspace, before);
  return { recovery, plan, restored, agent, ended, closed };
}

/** The sites in the notes; none where those cannot be read, which undo may mend. */
async function sitesNow(workspace: Workspace): Promise<KnownSite[]> {
  return knownSites(await readState(workspace).catch(() => ({ sites: {} })));
}

function needsTunnel(workspace: Workspace, { id, record }: KnownSite): boolean {
  // What an interrupted setup has left has no key, and no client that works.
  if (record.direct !== undefined || record.keyFingerprint === '') return false;
  const site = recordedSite(workspace, id, record);
  return exportersById(record.clients).some(({ startsTunnel }) => !startsTunnel?.(site));
}

async function closedSince(workspace: Workspace, before: readonly KnownSite[]): Promise<string[]> {
  const now = await sitesNow(workspace);
  const references = referencesTo(
    now.map(({ id, record }) => ({ id, session: record.sessionName })),
  );
  const closed: string[] = [];
  for (const site of now) {
    const { id } = site;
    const old = before.find((one) => one.id === id);
    if (!needsTunnel(workspace, site) || (old && needsTunnel(workspace, old))) continue;
    if ((await findRunningTunnel(workspace, id)) !== null) continue;
    closed.push(references.get(id) ?? id);
  }
  return closed;
}
