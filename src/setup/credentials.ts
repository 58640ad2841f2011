import { parse } from 'ini';
import { BaiError } from '../errors.js';

/**
 * What says where the manager is and whose sessions are meant. `endpoint` may hold several addresses
 * with commas between them; `mode` is `api` or `session`.
 */
const NAMES = ['endpoint', 'mode', 'accessKey', 'secretKey'] as const;
export type CredentialName = (typeof NAMES)[number];

/** Section and names in config.ini. */
export const CONFIG_SECTION = 'manager';
export const CONFIG_NAMES: Readonly<Record<CredentialName, string>> = {
  endpoint: 'endpoint',
  mode: 'mode',
  accessKey: 'access_key',
  secretKey: 'secret_key',
};

/** One place that credentials can come from; what it does not know is absent. */
export interface CredentialSource {
  /** For people: `command line`, `C:\work\.env`, `environment`, `config.ini`. */
  readonly origin: string;
  readonly values: Readonly<Partial<Record<CredentialName, string>>>;
}

/** A value with where it was found. */
export interface FoundValue {
  readonly value: string;
  readonly origin: string;
}

export type FoundCredentials = Readonly<Partial<Record<CredentialName, FoundValue>>>;

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
    for (const { origin, values } of sources) {
      const value = values[name]?.trim();
      if (value !== undefined && value !== '') {
        found[name] = { value, origin };
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
 * @throws BaiError `not-signed-in`, `access-key-missing`, `secret-key-missing`
 */
export function requireCredentials(found: FoundCredentials): Record<CredentialName, string> {
  const { endpoint, accessKey, secretKey } = found;
  if (endpoint === undefined) {
    throw new BaiError(
      'not-signed-in',
      'no Backend.AI endpoint and no access key are known yet',
      'type: bai-win login    (or try it without an account: bai-win demo)',
    );
  }
  if (accessKey === undefined) {
    throw new BaiError(
      'access-key-missing',
      `the endpoint ${endpoint.value} is known (${endpoint.origin}), but no access key`,
      'type: bai-win login    or set BACKEND_ACCESS_KEY and BACKEND_SECRET_KEY',
    );
  }
  if (secretKey === undefined) {
    throw new BaiError(
      'secret-key-missing',
      `access key ${accessKey.value} is known (${accessKey.origin}), but not its secret key`,
      'type: bai-win login    or set BACKEND_SECRET_KEY; it is never taken from the command line',
    );
  }
  return {
    endpoint: endpoint.value,
    mode: found.mode?.value ?? 'api',
    accessKey: accessKey.value,
    secretKey: secretKey.value,
  };
}

/**
 * What config.ini says.
 *
 * @param text content of the file
 * @param origin where it lies, for people
 */
export function credentialsFromConfig(text: string, origin: string): CredentialSource {
  const section: unknown = (parse(text.replace(/^\uFEFF/, '')) as Record<string, unknown>)[
    CONFIG_SECTION
  ];
  const values: Partial<Record<CredentialName, string>> = {};
  if (typeof section === 'object' && section !== null) {
    for (const name of NAMES) {
      const value = (section as Record<string, unknown>)[CONFIG_NAMES[name]];
      if (typeof value === 'string') values[name] = value;
    }
  }
  return { origin, values };
}
