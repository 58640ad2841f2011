import { writeFileAtomic } from '../platform/atomic-write.js';
import { ensurePrivateDirectory } from '../platform/private-files.js';
import { readFileIfExists } from '../platform/read-file.js';
import type { Credentials } from './credentials.js';
import { removeIniValues, setIniValues } from './ini-file.js';
import { CONFIG_NAMES, sectionOf } from './profiles.js';
import type { Workspace } from './workspace.js';

/** Keeps credentials as a profile in config.ini, which only the user can read. */
export async function keepCredentials(
  workspace: Workspace,
  profile: string,
  credentials: Credentials,
): Promise<void> {
  const { mode, endpoint, accessKey } = credentials;
  const section = sectionOf(profile);
  const common = {
    [CONFIG_NAMES.endpoint]: endpoint,
    [CONFIG_NAMES.mode]: mode,
    [CONFIG_NAMES.accessKey]: accessKey,
  };
  await editConfig(workspace, (text) =>
    // The secret of the other mode would be a stale one.
    mode === 'api'
      ? removeIniValues(
          setIniValues(text, section, {
            ...common,
            [CONFIG_NAMES.secretKey]: credentials.secretKey,
          }),
          section,
          [CONFIG_NAMES.loginId],
        )
      : removeIniValues(
          setIniValues(text, section, { ...common, [CONFIG_NAMES.loginId]: credentials.loginId }),
          section,
          [CONFIG_NAMES.secretKey],
        ),
  );
}

/** Takes a profile out of config.ini; what the owner wrote beside it stays. */
export async function eraseCredentials(workspace: Workspace, profile: string): Promise<void> {
  await editConfig(workspace, (text) =>
    removeIniValues(text, sectionOf(profile), Object.values(CONFIG_NAMES)),
  );
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
