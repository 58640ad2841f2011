import { BaiError } from '../../errors.js';
import { findSite, knownSites, type SiteOwner } from '../find-site.js';
import { readState } from '../site-list.js';
import type { Workspace } from '../workspace.js';

/**
 * The ids of the sites that people name; of all that are set up where they name none.
 *
 * @throws BaiError `nothing-set-up`, `site-not-found`, `site-ambiguous`
 */
export async function chooseSites(
  workspace: Workspace,
  references: readonly string[],
  owner: SiteOwner,
): Promise<string[]> {
  const state = await readState(workspace);
  if (references.length > 0) {
    return references.map((reference) => findSite(state, reference, owner).id);
  }
  const sites = knownSites(state).filter(({ record }) => record.keyFingerprint !== '');
  if (sites.length === 0) {
    throw new BaiError(
      'nothing-set-up',
      'no session is set up on this computer, so there is no tunnel to hold open',
      'type: bai-win setup <session>    (bai-win sessions lists yours)',
    );
  }
  return sites.map(({ id }) => id);
}
