import { BaiError } from '../../errors.js';
import { directlyAt } from '../client-place.js';
import { findSite, forOwner, sitesOf, type KnownSite } from '../find-site.js';
import type { ConnectionFlags } from '../sign-in.js';
import { readState } from '../site-list.js';
import { findMeantSite, siteOwner } from '../site-owner.js';
import type { Workspace } from '../workspace.js';

/**
 * The ids of the sites that people name, which have a tunnel; of all such where they name none.
 *
 * @throws BaiError `nothing-set-up`, `no-tunnel-needed`, `site-without-tunnel`, `site-not-found`, `site-ambiguous`,
 *   and those of `siteOwner`
 */
export async function chooseSites(
  workspace: Workspace,
  references: readonly string[],
  flags: ConnectionFlags,
): Promise<string[]> {
  if (references.length > 0) {
    const sites = await namedSites(workspace, references, flags);
    for (const { record } of sites) {
      if (record.direct !== undefined) {
        throw new BaiError(
          'site-without-tunnel',
          `${record.sessionName} needs no tunnel: it is reached ${directlyAt(record.direct)}`,
          `to have clients go through one, type: bai-win setup ${record.sessionName} --via tunnel${workspace.options}`,
        );
      }
    }
    return sites.map(({ id }) => id);
  }
  const state = await readState(workspace);
  const owner = await siteOwner(workspace, flags);
  const sites = sitesOf(state, owner).filter(({ record }) => record.keyFingerprint !== '');
  const { options = '' } = owner;
  if (sites.length === 0) {
    throw new BaiError(
      'nothing-set-up',
      `no session is set up on this computer${forOwner(owner)}, so there is no tunnel to hold open`,
      `type: bai-win setup <session>${options}    (bai-win sessions${options} lists yours)`,
    );
  }
  const tunnelled = sites.filter(({ record }) => record.direct === undefined);
  if (tunnelled.length === 0) {
    throw new BaiError(
      'no-tunnel-needed',
      `all that is set up on this computer${forOwner(owner)} needs no tunnel, so there is none to hold open`,
      `connect with your client, or type: bai-win open <session>${options}`,
    );
  }
  return tunnelled.map(({ id }) => id);
}

/**
 * The sites that people name, with a tunnel or without.
 *
 * @param find `findSite` or `findSiteToClose`
 * @throws BaiError `site-not-found`, `site-ambiguous`, and those of `siteOwner`
 */
export async function namedSites(
  workspace: Workspace,
  references: readonly string[],
  flags: ConnectionFlags,
  find = findSite,
): Promise<KnownSite[]> {
  const state = await readState(workspace);
  const sites: KnownSite[] = [];
  for (const reference of references) {
    sites.push(await findMeantSite(workspace, state, reference, flags, find));
  }
  return sites;
}
