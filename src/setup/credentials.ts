import { BaiError } from '../errors.js';
import { shownAccessKey } from '../manager/access-key.js';

/**
 * What says where the manager is and whose sessions are meant. `endpoint` may hold several addresses
 * with commas between them; `mode` is `api` or `session`; `loginId` is what a web console's login is
 * shown by, and as secret as a secret key.
 */
const NAMES = [
  'endpoint',
  'mode',
  'accessKey',
  'secretKey',
  'loginId',
  'skipCertificateCheck',
] as const;
export type CredentialName = (typeof NAMES)[number];

/** One place that credentials can come from; what it does not know is absent. */
export interface CredentialSource {
  /** For people: `command line`, `C:\work\.env`, `environment`, `config.ini`. */
  readonly origin: string;
  readonly values: Readonly<Partial<Record<CredentialName, string>>>;
  /** Of single values that come from elsewhere, such as a keyring. */
  readonly origins?: Readonly<Partial<Record<CredentialName, string>>>;
  /** The variables that hold the values, where the source is made of such. */
  readonly variables?: Readonly<Partial<Record<CredentialName, string>>>;
}

/** The origin of what the environment says. */
export const ENVIRONMENT = 'environment';

/** The origin of what the notes of an earlier setup say of whose a session is. */
export const SITE_NOTES = 'the notes of setup';

/** A value with where it was found. */
export interface FoundValue {
  readonly value: string;
  readonly origin: string;
  /** The environment variable, or the one of a `.env` file, that holds it; absent elsewhere. */
  readonly variable?: string;
}

export type FoundCredentials = Readonly<Partial<Record<CredentialName, FoundValue>>>;

/** Everything that a client is made of. */
export type Credentials =
  | {
      readonly mode: 'api';
      readonly endpoint: string;
      readonly accessKey: string;
      readonly secretKey: string;
    }
  | {
      readonly mode: 'session';
      readonly endpoint: string;
      readonly accessKey: string;
      readonly loginId: string;
    };

/**
 * Where the Python client goes when no endpoint is given (protocol reference, section 7.1); used only
 * where there is a key pair, since without one nobody has said that they use that service.
 */
const DEFAULT_ENDPOINT: FoundValue = {
  value: 'https://api.cloud.backend.ai',
  origin: 'default',
};

/** Takes each value from the first source that has it. Empty texts count as absent. */
export function findCredentials(sources: readonly CredentialSource[]): FoundCredentials {
  const found: Partial<Record<CredentialName, FoundValue>> = {};
  for (const name of NAMES) {
    for (const { origin, values, origins, variables } of sources) {
      const value = values[name]?.trim();
      if (value !== undefined && value !== '') {
        const variable = variables?.[name];
        const place = { value, origin: origins?.[name] ?? origin };
        found[name] = variable === undefined ? place : { ...place, variable };
        break;
      }
    }
  }
  if (found.accessKey !== undefined) found.endpoint ??= DEFAULT_ENDPOINT;
  return found;
}

/**
 * All values, or the reason why there are not.
 *
 * @param option that names the profile to sign in to, with a space before it
 * @param kept names of the profiles that could be named instead
 * @throws BaiError `not-signed-in`, `profile-not-named`, `owner-not-signed-in`, `login-missing`, `access-key-missing`, `secret-key-missing`
 */
export function requireCredentials(
  found: FoundCredentials,
  option = '',
  kept: readonly string[] = [],
): Credentials {
  const { endpoint, accessKey, secretKey, loginId } = found;
  if (endpoint === undefined && kept[0] !== undefined) {
    throw new BaiError(
      'profile-not-named',
      `no profile is named, and none is kept as the default one; kept are: ${kept.join(', ')}`,
      `name one, e.g. --profile ${kept[0]}, or type: bai-win login`,
    );
  }
  if (endpoint === undefined) {
    throw new BaiError(
      'not-signed-in',
      'no Backend.AI endpoint and no access key are known yet',
      `type: bai-win login${option}    (or try it without an account: bai-win demo)`,
    );
  }
  const secret = found.mode?.value === 'session' ? loginId : secretKey;
  if (accessKey?.origin === SITE_NOTES && secret === undefined) {
    throw new BaiError(
      'owner-not-signed-in',
      `the session is that of access key ${accessKey.value} at ${endpoint.value}, and nobody is signed in there as that`,
      `type: bai-win login ${endpoint.value}${option}`,
    );
  }
  if (found.mode?.value === 'session') {
    if (loginId === undefined || accessKey === undefined) {
      throw new BaiError(
        'login-missing',
        `${endpoint.value} is a web console (${found.mode.origin}), and no login to it is kept`,
        `type: bai-win login ${endpoint.value}${option}`,
      );
    }
    return {
      mode: 'session',
      endpoint: endpoint.value,
      accessKey: accessKey.value,
      loginId: loginId.value,
    };
  }
  if (accessKey === undefined) {
    throw new BaiError(
      'access-key-missing',
      `the endpoint ${endpoint.value} is known (${endpoint.origin}), but no access key`,
      `type: bai-win login${option}    or set BACKEND_ACCESS_KEY and BACKEND_SECRET_KEY`,
    );
  }
  if (secretKey === undefined) {
    throw new BaiError(
      'secret-key-missing',
      `access key ${shownAccessKey(accessKey.value)} is known (${accessKey.origin}), but not its secret key`,
      `type: bai-win login${option}    or set BACKEND_ACCESS_KEY and BACKEND_SECRET_KEY; the secret is never taken from the command line`,
    );
  }
  return {
    mode: 'api',
    endpoint: endpoint.value,
    accessKey: accessKey.value,
    secretKey: secretKey.value,
  };
}
