import { shownAccessKey } from '../manager/access-key.js';
import type { FoundValue } from '../setup/credentials.js';
import { profileOption, type Profile } from '../setup/profiles.js';
import type { SignIn } from '../setup/sign-in.js';
import { siteKind } from './site-kind.js';
import type { Terminal } from './terminal.js';

/**
 * Shows who is signed in where, and which source says so; of secrets only that they are known, and of
 * what stands in the place of an access key without looking like one, its first characters.
 *
 * @param kept all profiles
 */
export function showSignIn(
  terminal: Terminal,
  { found, profile, profileName }: SignIn,
  kept: readonly Profile[],
): void {
  const { endpoint } = found;
  const accessKey = found.accessKey && {
    ...found.accessKey,
    value: shownAccessKey(found.accessKey.value),
  };
  const mode = found.mode ?? { value: 'api', origin: 'default' };
  const session = mode.value === 'session';
  const secret = session ? found.loginId : found.secretKey;
  if (terminal.json) {
    const known = (value: FoundValue | undefined): object | null =>
      value === undefined ? null : { origin: value.origin };
    terminal.printJson({
      profile: profile?.name ?? null,
      endpoint: endpoint ?? null,
      mode,
      accessKey: accessKey ?? null,
      secretKey: known(found.secretKey),
      login: known(session ? found.loginId : undefined),
    });
    return;
  }
  const from = ({ origin }: FoundValue): string => `(from ${origin})`;
  const show = (value: FoundValue | undefined): string =>
    value === undefined ? 'not known' : `${value.value} ${from(value)}`;
  if (profile !== undefined) terminal.step('profile', profile.name);
  terminal.step('endpoint', show(endpoint));
  terminal.step(
    'kind',
    `${siteKind(mode.value)}, by a ${session ? 'login' : 'key pair'} ${from(mode)}`,
  );
  terminal.step('access key', show(accessKey));
  terminal.step(
    session ? 'login' : 'secret key',
    secret === undefined ? 'not known' : `known ${from(secret)}`,
  );
  if (endpoint === undefined && kept[0] !== undefined) {
    terminal.say(`to use one that is kept, add e.g. --profile ${kept[0].name}`);
  }
  if (endpoint === undefined || accessKey === undefined || secret === undefined) {
    terminal.say(`to sign in, type: bai-win login${profileOption(profile?.name ?? profileName)}`);
  }
}
