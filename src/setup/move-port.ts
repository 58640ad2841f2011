import { mergeChanges } from '../changes/merge.js';
import { BaiError } from '../errors.js';
import { planAll } from '../exporters/plan-all.js';
import { applyChanges } from './apply-changes.js';
import { exportersById } from './choose-exporters.js';
import { readSettings } from './plan-site.js';
import { planState } from './plan-state.js';
import { recordedSite, succeedingSite } from './recorded-site.js';
import { withSite, type SiteRecord } from './state.js';
import type { Workspace } from './workspace.js';

/**
 * Points every client of a site at another port, without asking anybody; the port is kept from then on.
 *
 * @throws BaiError `host-key-not-kept`, and where the settings of a client cannot be changed
 */
export async function movePort(
  workspace: Workspace,
  id: string,
  record: SiteRecord,
  port: number,
): Promise<void> {
  if (record.hostKey === undefined) {
    throw new BaiError(
      'host-key-not-kept',
      `the local port of ${record.sessionName} is taken, and its clients cannot be moved without its host key`,
      `type: bai-win setup ${record.sessionName}${workspace.options}`,
    );
  }
  const exporters = exportersById(record.clients);
  const { now, state } = await readSettings(workspace, id, exporters);
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
