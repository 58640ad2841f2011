import { ownerOptions } from './owner-options.js';
import { profileOf, readProfiles } from './profiles.js';
import { signedInOwner } from './site-owner.js';
import type { Workspace } from './workspace.js';

/**
 * The options that mean the one whose site it is, to be typed with the next command, with a space before
 * each; none where that one is meant without. For hints of what nobody has typed, as `ownerOptions` is
 * for those of a command line.
 */
export async function siteOptions(
  workspace: Workspace,
  { endpoint, accessKey }: { readonly endpoint: string; readonly accessKey: string },
): Promise<string> {
  const nobody = { endpoint: undefined, accessKey: undefined };
  const signedIn = await signedInOwner(workspace, nobody);
  if (signedIn?.endpoint === endpoint && signedIn.accessKey === accessKey) return '';
  const profiles = await readProfiles(workspace).catch(() => []);
  const profile = profileOf(profiles, { endpoint, accessKey })?.name;
  return ownerOptions(profile === undefined ? { endpoint, accessKey } : { ...nobody, profile });
}
