import { parseEndpoint } from '../manager/endpoint.js';
import type { SiteOwner } from './find-site.js';
import { namedProfile, readProfiles, unknownProfile } from './profiles.js';
import type { ConnectionFlags } from './sign-in.js';
import type { Workspace } from './workspace.js';

/**
 * Whose sites the command line means: those of `--endpoint` and `--access-key`, and of the profile that
 * is named. Needs neither a secret nor the network.
 *
 * @throws BaiError `profile-name-invalid`, `profile-unknown`
 */
export async function siteOwner(workspace: Workspace, flags: ConnectionFlags): Promise<SiteOwner> {
  const { endpoint, accessKey } = flags;
  const name = namedProfile(workspace, flags.profile);
  if (name === undefined) return { endpoint, accessKey };
  const profiles = await readProfiles(workspace);
  const profile = profiles.find((kept) => kept.name === name);
  if (profile === undefined) throw unknownProfile(name, profiles);
  const [address] = profile.values.endpoint?.split(',') ?? [];
  return {
    endpoint: endpoint ?? (address === undefined ? undefined : parseEndpoint(address.trim()).url),
    accessKey: accessKey ?? profile.values.accessKey,
  };
}
