import { BaiError } from '../../errors.js';
import { findSite, knownSites, type SiteOwner } from '../find-site.js';
import { readState } from '../site-list.js';
import type { Workspace } from '../workspace.js';

/**
 * The ids of the sites that people name; of all that have a tunnel where they name none.
 *
 * @throws BaiError `nothing-set-up`, `no-tunnel-needed`, `site-without-tunnel`, `site-not-found`, `site-ambiguous`
 */
export async function chooseSites(
  workspace: Workspace,
  references: readonly string[],
  owner: SiteOwner,
): Promise<string[]> {
  const state = await readState(workspace);
  if (references.length > 0) {
    return references.map((reference) => {
      const { id, record } = findSite(state, reference, owner);
      if (record.direct === undefined) return id;
      throw new BaiError(
        'site-without-tunnel',
        `${record.sessionName} has no tunnel: its clients connect to ${record.direct.host}:${record.port} themselves`,
        `to have them go through one, type: bai-win setup ${record.sessionName} --via tunnel`,
      );
    });
  }
  const sites = knownSites(state).filter(({ record }) => record.keyFingerprint !== '');
  if (sites.length === 0) {
    throw new BaiError(
      'nothing-set-up',
      'no session is set up on this computer, so there is no tunnel to hold open',
      'type: bai-win setup <session>    (bai-win sessions lists yours)',
    );
  }
  const tunnelled = sites.filter(({ record }) => record.direct === undefined);
  if (tunnelled.length === 0) {
    throw new BaiError(
      'no-tunnel-needed',
      'all that is set up on this computer is reached without a tunnel, so there is none to hold open',
      'connect with your client, or type: bai-win open <session>',
    );
  }
  return tunnelled.map(({ id }) => id);
}
