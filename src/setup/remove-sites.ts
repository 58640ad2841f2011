import { dirname } from 'node:path';
import type { Change } from '../changes/change.js';
import { mergeChanges } from '../changes/merge.js';
import type { Recovery } from '../changes/recover.js';
import { takeSnapshot } from '../changes/take-snapshot.js';
import { removeEmptyFolders } from '../changes/write-file-change.js';
import { sshFiles } from '../exporters/openssh/files.js';
import { unplanAll } from '../exporters/plan-all.js';
import { listSessions } from '../manager/session-list.js';
import { releaseInAgent } from './agent/control.js';
import { applyChanges } from './apply-changes.js';
import { exportersById } from './choose-exporters.js';
import { takeExporterSnapshot } from './exporter-snapshot.js';
import { keyFolderOf, planNoKeyFiles } from './key-files.js';
import { knownSites, type KnownSite } from './find-site.js';
import { planState } from './plan-state.js';
import { recordedSite } from './recorded-site.js';
import { recoverChanges } from './recover-changes.js';
import { retryOutdated } from './retry-outdated.js';
import { findRunningTunnel, type RunningTunnel } from './running-tunnels.js';
import { forgetChecks } from './shared-check.js';
import type { Manager } from './sign-in.js';
import { parseState, withoutSites, type State } from './state.js';
import type { Workspace } from './workspace.js';

export interface RemoveResult {
  readonly sites: readonly KnownSite[];
  /** What was, or with `dryRun` would be, changed. */
  readonly changes: readonly Change[];
  /** Tunnels of these sites that other processes still hold open, by site id. */
  readonly openTunnels: ReadonlyMap<string, RunningTunnel>;
}

/** Which of the sites in the notes are meant. */
type Choose = (state: State) => readonly KnownSite[] | Promise<readonly KnownSite[]>;

/**
 * Takes sites out of every client that setup wrote them for, with their host keys, key files and
 * notes, and nothing else; the agent closes their tunnels. Needs neither the network nor the sessions.
 *
 * @param choose which of the sites in the notes
 * @param recovered hears of an interrupted run that was brought to an end first; `null` where there was none
 * @throws BaiError those of `choose`, and where something cannot be read or written; all or nothing
 */
export async function removeSites(
  workspace: Workspace,
  choose: Choose,
  dryRun: boolean,
  recovered: (recovery: Recovery | null) => void,
): Promise<RemoveResult> {
  if (!dryRun) recovered(await recoverChanges(workspace));
  const { known, changes } = await retryOutdated(async (again) => {
    if (again) recovered(await recoverChanges(workspace));
    const plan = await planRemoval(workspace, choose);
    if (!dryRun) await applyChanges(workspace, plan.changes);
    return plan;
  });
  const ids = known.map(({ id }) => id);
  if (!dryRun) {
    await removeEmptyFolders([
      dirname(sshFiles(workspace.machine).config),
      workspace.paths.keys,
      ...ids.map((id) => keyFolderOf(workspace, id)),
    ]);
    for (const id of ids) await forgetChecks(workspace, id);
    // Where the agent cannot be asked, the tunnels are among those that are told.
    await releaseInAgent(workspace, ids).catch(() => undefined);
  }
  return { sites: known, changes, openTunnels: await tunnelsOf(workspace, ids) };
}

/** What takes the chosen sites out, as everything is now. */
async function planRemoval(
  workspace: Workspace,
  choose: Choose,
): Promise<{ known: readonly KnownSite[]; changes: readonly Change[] }> {
  const { stateFile, machine } = workspace;
  const notes = await takeSnapshot({ files: [stateFile], directories: [], registryKeys: [] }, null);
  const known = await choose(parseState(notes.file(stateFile), stateFile));

  const sites = known.map(({ id, record }) => recordedSite(workspace, id, record));
  const exporters = exportersById(known.flatMap(({ record }) => record.clients));
  const now = await takeExporterSnapshot(workspace, exporters, {
    files: [stateFile, ...sites.flatMap(({ keyPath, ppkPath }) => [keyPath, ppkPath])],
  });
  const ids = known.map(({ id }) => id);
  const state = parseState(now.file(stateFile), stateFile);
  const changes = mergeChanges([
    ...unplanAll(exporters, sites, machine, now),
    ...sites.flatMap((site) => planNoKeyFiles(site, now)),
    ...(ids.length === 0 ? [] : [planState(workspace, now, withoutSites(state, ids))]),
  ]);
  return { known, changes };
}

/**
 * The sites of this manager and access key whose session is gone: no live session has that name. What
 * belongs to other managers or keys is not looked at.
 *
 * @throws BaiError where the manager cannot be asked
 */
export async function staleSites(state: State, manager: Manager): Promise<KnownSite[]> {
  const live = new Set((await listSessions(manager.client)).map(({ name }) => name));
  return knownSites(state).filter(
    ({ record }) =>
      record.endpoint === manager.endpoint &&
      record.accessKey === manager.accessKey &&
      !live.has(record.sessionName),
  );
}

async function tunnelsOf(
  workspace: Workspace,
  ids: readonly string[],
): Promise<Map<string, RunningTunnel>> {
  const tunnels = new Map<string, RunningTunnel>();
  for (const id of ids) {
    const running = await findRunningTunnel(workspace, id);
    if (running !== null) tunnels.set(id, running);
  }
  return tunnels;
}
