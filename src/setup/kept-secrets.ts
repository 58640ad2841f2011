import { BaiError } from '../errors.js';
import type { Keyring } from '../platform/keyring.js';
import { profileOption, type Profile } from './profiles.js';
import type { Workspace } from './workspace.js';

/** The names under which a secret is kept, beside those of config.ini. */
type SecretName = 'secretKey' | 'loginId';

/** The name of a profile's secret in the keyring: one for each of our settings folders. */
export function keyringName(
  { configFile }: Pick<Workspace, 'configFile'>,
  profile: string,
): string {
  return `${profile} (${configFile})`;
}

/** Which of both a profile of this mode has. */
export function secretNameOf(mode: 'api' | 'session'): SecretName {
  return mode === 'api' ? 'secretKey' : 'loginId';
}

/**
 * @param profile whose secret it is
 * @throws BaiError `keyring-absent`
 */
export async function requireKeyring(workspace: Workspace, profile: string): Promise<Keyring> {
  const keyring = await workspace.keyring();
  if (keyring !== null) return keyring;
  throw new BaiError(
    'keyring-absent',
    'the keyring of this system cannot be used now',
    `sign in again: bai-win login${profileOption(profile)}`,
  );
}

/**
 * A profile with its secret, where the system's keyring holds that. Where it does not give it out the
 * person is told, and the profile is as good as one without.
 */
export async function withSecret<Kept extends Profile | undefined>(
  workspace: Workspace,
  profile: Kept,
): Promise<Kept | Profile> {
  if (profile?.inKeyring !== true) return profile;
  try {
    const keyring = await requireKeyring(workspace, profile.name);
    const secret = await keyring.get(keyringName(workspace, profile.name));
    if (secret === null) {
      throw new BaiError(
        'keyring-lacks-secret',
        `the ${keyring.title} has no such entry any more`,
        `sign in again: bai-win login${profileOption(profile.name)}`,
      );
    }
    const name = secretNameOf(profile.values.mode);
    return {
      ...profile,
      values: { ...profile.values, [name]: secret },
      origins: { [name]: keyring.title },
    };
  } catch (error) {
    if (!(error instanceof BaiError)) throw error;
    workspace.notice(
      `the secret of profile ${profile.name} is not known: ${error.message} (${error.hint})`,
    );
    return profile;
  }
}
