import { BaiError } from '../errors.js';
import { writeFileAtomic } from '../platform/atomic-write.js';
import { ensurePrivateDirectory } from '../platform/private-files.js';
import { readFileIfExists } from '../platform/read-file.js';
import type { Credentials } from './credentials.js';
import { removeIniValues, setIniValues } from './ini-file.js';
import { keyringName, secretNameOf } from './kept-secrets.js';
import { CONFIG_NAMES, IN_KEYRING, readProfiles, sectionOf } from './profiles.js';
import type { Workspace } from './workspace.js';

/** Where the secret of a profile lies. */
export interface KeptSecret {
  /** Name of the system's keyring; `undefined` for config.ini, which only the user can read. */
  readonly keyring: string | undefined;
  /** Why the system's keyring was not used, where it has one. */
  readonly why: string | undefined;
}

/** Keeps credentials as a profile: the secret in the system's keyring where it takes it. */
export async function keepCredentials(
  workspace: Workspace,
  profile: string,
  credentials: Credentials,
): Promise<KeptSecret> {
  const { mode, endpoint, accessKey } = credentials;
  const secret = mode === 'api' ? credentials.secretKey : credentials.loginId;
  const kept = await keepSecret(workspace, profile, secret);
  // An entry of before would be a stale one.
  if (kept.keyring === undefined) await eraseSecret(workspace, profile);
  const section = sectionOf(profile);
  await editConfig(workspace, (text) =>
    setIniValues(removeIniValues(text, section, SECRETS), section, {
      [CONFIG_NAMES.endpoint]: endpoint,
      [CONFIG_NAMES.mode]: mode,
      [CONFIG_NAMES.accessKey]: accessKey,
      ...(kept.keyring === undefined
        ? { [CONFIG_NAMES[secretNameOf(mode)]]: secret }
        : { [IN_KEYRING.name]: IN_KEYRING.value }),
    }),
  );
  return kept;
}

/** Takes a profile out of config.ini and the keyring; what the owner wrote beside it stays. */
export async function eraseCredentials(workspace: Workspace, profile: string): Promise<void> {
  await eraseSecret(workspace, profile);
  const names = [...Object.values(CONFIG_NAMES), IN_KEYRING.name];
  await editConfig(workspace, (text) => removeIniValues(text, sectionOf(profile), names));
}

/** What says where a secret is, and secrets of both modes: the one that is not written is stale. */
const SECRETS = [CONFIG_NAMES.secretKey, CONFIG_NAMES.loginId, IN_KEYRING.name];

async function keepSecret(
  workspace: Workspace,
  profile: string,
  secret: string,
): Promise<KeptSecret> {
  const keyring = await workspace.keyring();
  if (keyring === null) return { keyring: undefined, why: undefined };
  try {
    await keyring.set(keyringName(workspace, profile), secret);
    return { keyring: keyring.title, why: undefined };
  } catch (error) {
    if (!(error instanceof BaiError)) throw error;
    return { keyring: undefined, why: error.message };
  }
}

async function eraseSecret(workspace: Workspace, name: string): Promise<void> {
  const profile = (await readProfiles(workspace)).find((one) => one.name === name);
  if (profile?.inKeyring !== true) return;
  const keyring = await workspace.keyring();
  const entry = keyringName(workspace, name);
  try {
    await keyring?.erase(entry);
  } catch (error) {
    if (!(error instanceof BaiError)) throw error;
    workspace.notice(
      `${error.message}; what it holds as "${entry}" stays there until it is deleted by hand`,
    );
  }
}

async function editConfig(
  { configFile, paths }: Workspace,
  edit: (text: string) => string,
): Promise<void> {
  const before = await readFileIfExists(configFile);
  await ensurePrivateDirectory(paths.config);
  const after = edit(before?.toString('utf8') ?? '');
  await writeFileAtomic(configFile, Buffer.from(after, 'utf8'), { private: true });
}
