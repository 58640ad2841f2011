import { mergeChanges } from '../changes/merge.js';
import { BaiError } from '../errors.js';
import { planAll } from '../exporters/plan-all.js';
import { applyChanges } from './apply-changes.js';
import { exportersById } from './choose-exporters.js';
import { readSettings } from './plan-site.js';
import { planState } from './plan-state.js';
import { recordedSite, succeedingSite } from './recorded-site.js';
import { recoverChanges } from './recover-changes.js';
import { retryOutdated } from './retry-outdated.js';
import { readState } from './site-list.js';
import { withSite } from './state.js';
import type { Workspace } from './workspace.js';

/**
 * Points every client of a site at another port, without asking anybody; the port is kept from then on.
 * A site that nobody knows any more, or that goes without a tunnel by now, stays as it is.
 *
 * @throws BaiError `host-key-not-kept`, and where the settings of a client cannot be changed
 */
export function movePort(workspace: Workspace, id: string, port: number): Promise<void> {
  return retryOutdated(() => move(workspace, id, port));
}

async function move(workspace: Workspace, id: string, port: number): Promise<void> {
  await recoverChanges(workspace);
  const { clients } = (await readState(workspace)).sites[id] ?? { clients: [] };
  const exporters = exportersById(clients);
  const { now, state } = await readSettings(workspace, id, exporters);
  const record = state.sites[id];
  if (record === undefined || record.direct !== undefined) return;
  if (record.hostKey === undefined) {
    throw new BaiError(
      'host-key-not-kept',
      `the local port of ${record.sessionName} is taken, and its clients cannot be moved without its host key`,
      `type: bai-win setup ${record.sessionName}${workspace.options}`,
    );
  }
  const moved = { ...record, port };
  const site = succeedingSite(
    recordedSite(workspace, id, moved),
    recordedSite(workspace, id, record),
  );
  await applyChanges(
    workspace,
    mergeChanges([
      ...planAll(exporters, [site], workspace.machine, now),
      planState(workspace, now, withSite(state, id, moved)),
    ]),
  );
}
