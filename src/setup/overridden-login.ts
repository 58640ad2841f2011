import { isVariable, withoutVariables, type VariableValue } from './credential-origins.js';
import { withSecret } from './kept-secrets.js';
import { readProfiles, sameEndpoint } from './profiles.js';
import { lookUpCredentials } from './sign-in.js';
import type { Workspace } from './workspace.js';

/** What comes before a login that was just kept. */
interface Overriding {
  readonly values: readonly VariableValue[];
  /** What to type or do so that the login counts. */
  readonly remedy: string;
}

/**
 * The variables that say otherwise than the profile that was just kept, and count, for commands that
 * name the profile by `flag` alone; `null` where the profile is what they use.
 */
export async function overriddenLogin(
  workspace: Workspace,
  profileName: string,
  flag: string | undefined,
): Promise<Overriding | null> {
  const flags = { endpoint: undefined, accessKey: undefined, profile: flag };
  const { found } = await lookUpCredentials(workspace, flags);
  const kept = (await readProfiles(workspace)).find(({ name }) => name === profileName);
  const own = (await withSecret(workspace, kept))?.values;
  const values = (['endpoint', 'mode', 'accessKey', 'secretKey'] as const)
    .filter((name) => !isSame(name, found[name]?.value, own?.[name]))
    .map((name) => found[name])
    .filter(isVariable);
  if (values.length === 0) return null;
  return { values, remedy: withoutVariables(values, workspace.machine.platform) };
}

function isSame(name: string, one: string | undefined, two: string | undefined): boolean {
  return one === two || (name === 'endpoint' && sameEndpoint(one, two));
}
