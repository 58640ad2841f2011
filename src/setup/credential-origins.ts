import type { CredentialOrigins } from '../manager/credentials.js';
import { ENVIRONMENT, type FoundValue } from './credentials.js';
import { profileOption } from './profiles.js';
import type { SignIn } from './sign-in.js';
import type { Workspace } from './workspace.js';

/** A value that a variable holds, in the environment or in a `.env` file. */
export type VariableValue = FoundValue & { readonly variable: string };

export function isVariable(value: FoundValue | undefined): value is VariableValue {
  return value?.variable !== undefined;
}

/** Where the credentials that are used were found, and what to do where they are not right. */
export function credentialOrigins(
  { machine: { platform } }: Workspace,
  { found, profile, profileName }: SignIn,
): CredentialOrigins {
  const session = found.mode?.value === 'session';
  const secret = session ? found.loginId : found.secretKey;
  const variables = [found.accessKey, secret].filter(isVariable);
  const again = session ? 'sign in again' : 'enter the key pair again';
  return {
    accessKey: found.accessKey?.origin ?? '',
    secret: secret?.origin ?? '',
    remedy:
      variables.length === 0
        ? `${again}: bai-win login${profileOption(profile?.name ?? profileName)}`
        : `correct ${variables.map(({ variable }) => variable).join(' and ')}, or do without: ${withoutVariables(variables, platform)}`,
  };
}

/** What to type or do so that these variables count no more. */
export function withoutVariables(
  values: readonly VariableValue[],
  platform: NodeJS.Platform,
): string {
  const ways: string[] = [];
  for (const origin of new Set(values.map((value) => value.origin))) {
    const names = values.filter((value) => value.origin === origin).map((one) => one.variable);
    if (origin !== ENVIRONMENT) ways.push(`take ${names.join(' and ')} out of ${origin}`);
    else if (platform !== 'win32') ways.push(`type: unset ${names.join(' ')}`);
    else {
      const inPowerShell = names.map((name) => `Env:${name}`).join(', ');
      const inCmd = names.map((name) => `set ${name}=`).join('& ');
      ways.push(`type: Remove-Item ${inPowerShell}    in cmd: ${inCmd}`);
    }
  }
  return ways.join('; ');
}
