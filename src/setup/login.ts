import { BaiError } from '../errors.js';
import { checkCredentials } from '../manager/session-list.js';
import { writeFileAtomic } from '../platform/atomic-write.js';
import { ensurePrivateDirectory } from '../platform/private-files.js';
import { readFileIfExists } from '../platform/read-file.js';
import { CONFIG_NAMES, CONFIG_SECTION } from './credentials.js';
import { setIniValues } from './ini-file.js';
import { connect } from './sign-in.js';
import type { Workspace } from './workspace.js';

export interface LoginResult {
  /** Normalised. */
  readonly endpoint: string;
  /** Release of the manager, e.g. `26.4.10`. */
  readonly release: string;
  readonly configFile: string;
}

/**
 * Checks a key pair with one signed call, then keeps it in config.ini, which only the user can read.
 *
 * @param dryRun check, write nothing
 * @throws BaiError where the manager does not accept it; nothing is written then
 */
export async function login(
  workspace: Workspace,
  credentials: { endpoint: string; accessKey: string; secretKey: string },
  dryRun: boolean,
): Promise<LoginResult> {
  if (credentials.secretKey === '') {
    throw new BaiError(
      'secret-key-empty',
      'the secret key is empty',
      'type or paste it when asked',
    );
  }
  const { client, endpoint } = connect(workspace, credentials);
  const { release } = await checkCredentials(client);
  const { configFile, paths } = workspace;
  if (!dryRun) {
    const before = await readFileIfExists(configFile);
    const text = setIniValues(before?.toString('utf8') ?? '', CONFIG_SECTION, {
      [CONFIG_NAMES.endpoint]: endpoint,
      [CONFIG_NAMES.accessKey]: credentials.accessKey,
      [CONFIG_NAMES.secretKey]: credentials.secretKey,
    });
    await ensurePrivateDirectory(paths.config);
    await writeFileAtomic(configFile, Buffer.from(text, 'utf8'), { private: true });
  }
  return { endpoint, release, configFile };
}
