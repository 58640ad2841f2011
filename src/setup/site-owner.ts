import { BaiError } from '../errors.js';
import { shownAccessKey } from '../manager/access-key.js';
import {
  belongsTo,
  findSite,
  findSiteExactly,
  type KnownSite,
  type SiteOwner,
} from './find-site.js';
import { ownerOptions } from './owner-options.js';
import { shownName } from './shown-name.js';
import type { ConnectionFlags } from './sign-in.js';
import type { State } from './state.js';
import type { Workspace } from './workspace.js';

/**
 * Whose sites the command line means: those of `--endpoint` and `--access-key`, and of the profile that
 * is named. Needs neither a secret nor the network.
 *
 * @throws BaiError `profile-name-invalid`, `profile-unknown`
 */
export async function siteOwner(workspace: Workspace, flags: ConnectionFlags): Promise<SiteOwner> {
  const { endpoint, accessKey } = flags;
  // Each connection of `bai-win proxy` comes by here: what reads profiles is loaded where one is named.
  if (flags.profile === undefined && !workspace.machine.env['BAI_WIN_PROFILE']) {
    return { endpoint, accessKey, options: ownerOptions(flags) };
  }
  const [{ parseFirstEndpoint }, { namedProfile, readProfiles, unknownProfile }] =
    await Promise.all([import('../manager/endpoint.js'), import('./profiles.js')]);
  const name = namedProfile(workspace, flags.profile);
  if (name === undefined) return { endpoint, accessKey, options: ownerOptions(flags) };
  const profiles = await readProfiles(workspace);
  const profile = profiles.find((one) => one.name === name);
  if (profile === undefined) throw unknownProfile(name, profiles);
  const kept = profile.values.endpoint;
  return {
    endpoint: endpoint ?? (kept === undefined ? undefined : parseFirstEndpoint(kept).url),
    accessKey: accessKey ?? profile.values.accessKey,
    options: ownerOptions({ ...flags, profile: name }),
  };
}

/**
 * The site that `reference` means: of several that fit, the one of whoever is signed in, who is looked
 * for only then.
 *
 * @param find `findSite`, or what differs from it in part
 * @throws BaiError those of `find` and `siteOwner`
 */
export async function findMeantSite(
  workspace: Workspace,
  state: State,
  reference: string,
  flags: ConnectionFlags,
  find = findSite,
): Promise<KnownSite> {
  const owner = await siteOwner(workspace, flags);
  try {
    return find(state, reference, owner);
  } catch (error) {
    if (!(error instanceof BaiError) || error.code !== 'site-ambiguous') throw error;
    const signedIn = await signedInOwner(workspace, flags);
    if (signedIn === undefined) throw error;
    return find(state, reference, owner, signedIn);
  }
}

/**
 * The site to take away that `reference` means. Where it is only a name, and another one's site is all
 * that has it here, that is not taken for meant: the second `remove` of a session would hit it.
 *
 * @throws BaiError those of `findMeantSite`, `site-of-another`
 */
export async function findSiteToRemove(
  workspace: Workspace,
  state: State,
  reference: string,
  flags: ConnectionFlags,
): Promise<KnownSite> {
  const site = await findMeantSite(workspace, state, reference, flags, findSiteExactly);
  const { id, record } = site;
  const { endpoint, accessKey } = await siteOwner(workspace, flags);
  const isOwnerNamed = endpoint !== undefined || accessKey !== undefined;
  const isName = [record.sessionName, shownName(record)].includes(reference.trim());
  if (isOwnerNamed || !isName) return site;
  const signedIn = await signedInOwner(workspace, flags);
  if (signedIn === undefined || belongsTo(record, signedIn)) return site;
  throw new BaiError(
    'site-of-another',
    `the ${record.sessionName} that is set up here is of ${record.accessKey} at ${record.endpoint}, but you are signed in as ${shownAccessKey(signedIn.accessKey ?? '')} at ${signedIn.endpoint ?? ''}`,
    `if it is meant, type: bai-win remove ${id}`,
  );
}

/**
 * Who is signed in, as far as that can be told without the network and without a secret; `undefined`
 * where nobody is.
 */
export async function signedInOwner(
  workspace: Workspace,
  flags: ConnectionFlags,
): Promise<SiteOwner | undefined> {
  const [{ parseFirstEndpoint }, { lookUpCredentials }] = await Promise.all([
    import('../manager/endpoint.js'),
    import('./sign-in.js'),
  ]);
  // A keyring that is locked asks the person; and what is amiss with the sign-in is not the question.
  const quiet = { ...workspace, keyring: () => Promise.resolve(null), notice: () => undefined };
  try {
    const { endpoint, accessKey } = (await lookUpCredentials(quiet, flags)).found;
    if (endpoint === undefined || accessKey === undefined) return undefined;
    return { endpoint: parseFirstEndpoint(endpoint.value).url, accessKey: accessKey.value };
  } catch (error) {
    // That several sites fit is to be told, rather than what is wrong with a sign-in nobody asked for.
    workspace.log(`no sign-in decides: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}
