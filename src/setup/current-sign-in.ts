import { BaiError } from '../errors.js';
import { shownAccessKey } from '../manager/access-key.js';
import { DEFAULT_PROFILE, profileOf, profileOption, readProfiles } from './profiles.js';
import {
  flagsOfSite,
  managerOf,
  requireSignIn,
  type ConnectionFlags,
  type Manager,
} from './sign-in.js';
import type { Workspace } from './workspace.js';

/** Whose session it is that a tunnel leads to. */
interface SessionOwner {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly sessionName: string;
}

/**
 * The manager by the credentials as they are at each call, since people sign in again while tunnels are
 * open. As long as they are the same all calls, at once too, get the same client, which knows the
 * manager's version already. One that could not be made is tried anew by the next call.
 *
 * @returns a function that throws BaiError as `requireSignIn` and `managerOf`
 */
export function currentSignIn(
  workspace: Workspace,
  flags: ConnectionFlags,
): () => Promise<Manager> {
  let last: { readonly found: string; readonly manager: Promise<Manager> } | undefined;
  return async () => {
    const signIn = await requireSignIn(workspace, flags);
    const found = JSON.stringify(signIn.found);
    if (last?.found === found) return last.manager;
    const made = { found, manager: managerOf(workspace, signIn) };
    last = made;
    try {
      return await made.manager;
    } catch (error) {
      if (last === made) last = undefined;
      throw error;
    }
  };
}

/**
 * The manager, as the one whose session it is, each time that it is asked for: by what `signIn` gives,
 * else by what else there is of that owner, whose profile need not be the one that is used where none
 * is named.
 *
 * @returns a function that throws BaiError `site-of-other-sign-in`, `owner-not-signed-in`, and those of `signIn`
 */
export function ownerSignIn(
  workspace: Workspace,
  owner: SessionOwner,
  signIn: () => Promise<Manager>,
): () => Promise<Manager> {
  const { endpoint, accessKey, sessionName } = owner;
  const isOwner = (manager: Manager): boolean =>
    manager.endpoint === endpoint && manager.accessKey === accessKey;
  const ownSignIn = currentSignIn(workspace, flagsOfSite(owner));
  return async () => {
    const [asked] = await Promise.allSettled([signIn()]);
    if (asked.status === 'fulfilled' && isOwner(asked.value)) return asked.value;
    const [own] = await Promise.allSettled([ownSignIn()]);
    if (own.status === 'fulfilled' && isOwner(own.value)) return own.value;
    if (asked.status === 'rejected') {
      // Where nobody is signed in, whose session it is says more.
      throw isOwnerMissing(own) ? own.reason : asked.reason;
    }
    const other = asked.value;
    const profile = profileOf(await readProfiles(workspace), owner);
    throw new BaiError(
      'site-of-other-sign-in',
      `${sessionName} belongs to ${accessKey} at ${endpoint}, but the sign-in is ${shownAccessKey(other.accessKey)} at ${other.endpoint}`,
      `sign in there: bai-win login ${endpoint}${profileOption(profile?.name ?? DEFAULT_PROFILE)}`,
    );
  };
}

function isOwnerMissing(own: PromiseSettledResult<Manager>): own is PromiseRejectedResult {
  return (
    own.status === 'rejected' &&
    own.reason instanceof BaiError &&
    own.reason.code === 'owner-not-signed-in'
  );
}
