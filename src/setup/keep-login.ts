import { join } from 'node:path';
import { editableText, type EditableText } from '../decode-text.js';
import { BaiError } from '../errors.js';
import { writeFileAtomic } from '../platform/atomic-write.js';
import { ensurePrivateDirectory } from '../platform/private-files.js';
import { withProcessLock } from '../platform/process-lock.js';
import { readFileIfExists } from '../platform/read-file.js';
import type { Credentials } from './credentials.js';
import { removeIniValues, setIniValues } from './ini-file.js';
import { keyringName, requireKeyring, secretNameOf } from './kept-secrets.js';
import { CONFIG_NAMES, IN_KEYRING, readProfiles, sectionOf } from './profiles.js';
import type { Workspace } from './workspace.js';

/** Where the secret of a profile lies. */
export interface KeptSecret {
  /** Name of the system's keyring; `undefined` for config.ini, which only the user can read. */
  readonly keyring: string | undefined;
  /** Why the system's keyring was not used, where it has one. */
  readonly why: string | undefined;
}

/**
 * Keeps credentials as a profile: the secret in the system's keyring where it takes it. Where config.ini
 * cannot be written the keyring holds what it held before.
 *
 * @throws BaiError `config-not-text`
 */
export async function keepCredentials(
  workspace: Workspace,
  profile: string,
  credentials: Credentials,
): Promise<KeptSecret> {
  return withLoginLock(workspace, () => keep(workspace, profile, credentials));
}

async function keep(
  workspace: Workspace,
  profile: string,
  credentials: Credentials,
): Promise<KeptSecret> {
  const { mode, endpoint, accessKey } = credentials;
  const secret = mode === 'api' ? credentials.secretKey : credentials.loginId;
  const wasInKeyring = await isInKeyring(workspace, profile);
  const { kept, putBack } = await keepSecret(workspace, profile, secret);
  const section = sectionOf(profile);
  try {
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
  } catch (error) {
    await putBack();
    throw error;
  }
  // An entry of before would be a stale one.
  if (kept.keyring === undefined && wasInKeyring) await eraseSecret(workspace, profile);
  return kept;
}

/**
 * Takes a profile out of config.ini and the keyring; what the owner wrote beside it stays.
 *
 * @returns name of the keyring that its secret was erased from; `null` where none was
 * @throws BaiError `config-not-text`; nothing is erased then
 */
export async function eraseCredentials(
  workspace: Workspace,
  profile: string,
): Promise<string | null> {
  return withLoginLock(workspace, async () => {
    await checkConfig(workspace);
    const inKeyring = await isInKeyring(workspace, profile);
    const erased = inKeyring ? await eraseSecret(workspace, profile) : null;
    const names = [...Object.values(CONFIG_NAMES), IN_KEYRING.name];
    await editConfig(workspace, (text) => removeIniValues(text, sectionOf(profile), names));
    return erased;
  });
}

/**
 * Whether config.ini can be written back without loss, to be asked before a login is made or ended.
 *
 * @throws BaiError `config-not-text`
 */
export async function checkConfig({ configFile }: Workspace): Promise<void> {
  await readConfig(configFile);
}

/** What says where a secret is, and secrets of both modes: the one that is not written is stale. */
const SECRETS = [CONFIG_NAMES.secretKey, CONFIG_NAMES.loginId, IN_KEYRING.name];

async function keepSecret(
  workspace: Workspace,
  profile: string,
  secret: string,
): Promise<{ kept: KeptSecret; putBack: () => Promise<void> }> {
  const keyring = await workspace.keyring();
  const nothing = (): Promise<void> => Promise.resolve();
  if (keyring === null) return { kept: { keyring: undefined, why: undefined }, putBack: nothing };
  const entry = keyringName(workspace, profile);
  try {
    const before = await keyring.get(entry);
    await keyring.set(entry, secret);
    const putBack = async (): Promise<void> => {
      try {
        await (before === null ? keyring.erase(entry) : keyring.set(entry, before));
      } catch (error) {
        if (!(error instanceof BaiError)) throw error;
        workspace.notice(`${error.message}; it holds the new secret as "${entry}"`);
      }
    };
    return { kept: { keyring: keyring.title, why: undefined }, putBack };
  } catch (error) {
    if (!(error instanceof BaiError)) throw error;
    return { kept: { keyring: undefined, why: error.message }, putBack: nothing };
  }
}

async function isInKeyring(workspace: Workspace, name: string): Promise<boolean> {
  const profile = (await readProfiles(workspace)).find((one) => one.name === name);
  return profile?.inKeyring === true;
}

/** Tells where it cannot be done. */
async function eraseSecret(workspace: Workspace, profile: string): Promise<string | null> {
  const entry = keyringName(workspace, profile);
  try {
    const keyring = await requireKeyring(workspace, profile);
    await keyring.erase(entry);
    return keyring.title;
  } catch (error) {
    if (!(error instanceof BaiError)) throw error;
    workspace.notice(
      `${error.message}; what it holds as "${entry}" stays there until it is deleted by hand`,
    );
    return null;
  }
}

/** Two logins at once would each write the file without the profile of the other. */
async function withLoginLock<T>({ paths }: Workspace, use: () => Promise<T>): Promise<T> {
  await ensurePrivateDirectory(paths.data);
  return withProcessLock(join(paths.data, 'logins.lock'), use);
}

async function editConfig(
  { configFile, paths }: Workspace,
  edit: (text: string) => string,
): Promise<void> {
  const { text, encode } = await readConfig(configFile);
  await ensurePrivateDirectory(paths.config);
  await writeFileAtomic(configFile, encode(edit(text)), { private: true });
}

async function readConfig(configFile: string): Promise<EditableText> {
  const text = editableText((await readFileIfExists(configFile)) ?? Buffer.alloc(0));
  if (text !== null) return text;
  throw new BaiError(
    'config-not-text',
    `${configFile} is not text in UTF-8 or, with its mark, UTF-16; it is left as it is`,
    'save it as UTF-8 in an editor, or move it away, and type the command again',
  );
}
