import { parse } from 'ini';
import { decodeText } from '../decode-text.js';
import { BaiError, UsageError } from '../errors.js';
import { nearest } from '../nearest.js';
import { parseEndpoint } from '../manager/endpoint.js';
import { readFileIfExists } from '../platform/read-file.js';
import type { CredentialName, CredentialSource } from './credentials.js';
import type { ConnectionFlags } from './sign-in.js';
import type { Workspace } from './workspace.js';

/** The profile that is used where nobody names one; its section is `[manager]`. */
export const DEFAULT_PROFILE = 'default';

/** What `bai-win login` keeps of one account at one site. */
export interface Profile extends CredentialSource {
  readonly name: string;
  readonly values: CredentialSource['values'] & { readonly mode: 'api' | 'session' };
  /** The secret is not in config.ini but in the system's keyring; see `withSecret`. */
  readonly inKeyring: boolean;
}

/** Names in config.ini. Whether certificates are checked is never kept. */
export const CONFIG_NAMES = {
  endpoint: 'endpoint',
  mode: 'mode',
  accessKey: 'access_key',
  secretKey: 'secret_key',
  loginId: 'login_id',
} as const satisfies Partial<Record<CredentialName, string>>;

/** What config.ini says of a secret that the system's keyring holds. */
export const IN_KEYRING = { name: 'secret_in', value: 'keyring' } as const;

type KeptName = keyof typeof CONFIG_NAMES;

/** Package `ini` takes a dot in a section's name for a level. */
const PROFILE_NAME = /^[\w-]{1,40}$/;
const PROFILE_SECTION = /^profile (.+)$/;

/** The section of config.ini that holds a profile. */
export function sectionOf(profile: string): string {
  return profile === DEFAULT_PROFILE ? 'manager' : `profile ${profile}`;
}

/** The option that names a profile, with a space before it, where it has to be named. */
export function profileOption(profile: string): string {
  return profile === DEFAULT_PROFILE ? '' : ` --profile ${profile}`;
}

/** @throws UsageError `profile-name-invalid` */
function checkProfileName(name: string): string {
  if (PROFILE_NAME.test(name)) return name;
  throw new UsageError(
    'profile-name-invalid',
    `${JSON.stringify(name)} cannot be the name of a profile`,
    'take up to 40 letters, digits, "-" and "_", e.g. --profile work',
  );
}

/**
 * The profile that the person named, if any: on the command line, or by `BAI_WIN_PROFILE`.
 *
 * @throws UsageError `profile-name-invalid`
 */
export function namedProfile({ machine }: Workspace, flag: string | undefined): string | undefined {
  const name = flag ?? machine.env['BAI_WIN_PROFILE'] ?? '';
  return name === '' ? undefined : checkProfileName(name);
}

/** All profiles that were kept, the default one first. */
export async function readProfiles({ configFile }: Workspace): Promise<readonly Profile[]> {
  const bytes = await readFileIfExists(configFile);
  return bytes === null ? [] : parseProfiles(decodeText(bytes), configFile);
}

/**
 * @param text content of config.ini
 * @param origin where it lies, for people
 */
function parseProfiles(text: string, origin: string): readonly Profile[] {
  const sections = parse(text.replace(/^\uFEFF/, '')) as Record<string, unknown>;
  const profiles: Profile[] = [];
  for (const [section, content] of Object.entries(sections)) {
    const name =
      section === sectionOf(DEFAULT_PROFILE) ? DEFAULT_PROFILE : PROFILE_SECTION.exec(section)?.[1];
    if (name === undefined || typeof content !== 'object' || content === null) continue;
    const values: Partial<Record<KeptName, string>> = {};
    for (const key of Object.keys(CONFIG_NAMES) as KeptName[]) {
      const value = (content as Record<string, unknown>)[CONFIG_NAMES[key]];
      if (typeof value === 'string' && value !== '') values[key] = value;
    }
    if (Object.keys(values).length === 0) continue;
    const mode = values.mode === 'session' ? 'session' : 'api';
    const where = name === DEFAULT_PROFILE ? origin : `${origin}, profile ${name}`;
    const inKeyring = (content as Record<string, unknown>)[IN_KEYRING.name] === IN_KEYRING.value;
    profiles.push({ name, origin: where, values: { ...values, mode }, inKeyring });
  }
  return profiles.sort(
    (one, two) => Number(two.name === DEFAULT_PROFILE) - Number(one.name === DEFAULT_PROFILE),
  );
}

/** The profile for the endpoint that is wanted, best of that access key; else the default one. */
export function chooseProfile(
  profiles: readonly Profile[],
  endpoint: string | undefined,
  accessKey: string | undefined,
): Profile | undefined {
  const there = profiles.filter(({ values }) => sameEndpoint(values.endpoint, endpoint));
  return (
    there.find(({ values }) => values.accessKey === accessKey) ??
    there[0] ??
    profiles.find(({ name }) => name === DEFAULT_PROFILE)
  );
}

/** The profile of one account at one site; `undefined` where none was kept. */
export function profileOf(
  profiles: readonly Profile[],
  { endpoint, accessKey }: Pick<ConnectionFlags, 'endpoint' | 'accessKey'>,
): Profile | undefined {
  return profiles.find(
    ({ values }) => values.accessKey === accessKey && sameEndpoint(values.endpoint, endpoint),
  );
}

/** @param hint what to do instead */
export function unknownProfile(
  name: string,
  profiles: readonly Profile[],
  hint = `to make it, type: bai-win login --profile ${name}`,
): BaiError {
  const names = profiles.map((profile) => profile.name);
  const meant = nearest(name, names);
  return new BaiError(
    'profile-unknown',
    `there is no profile "${name}"; ${names.length === 0 ? 'none is kept yet' : `kept are: ${names.join(', ')}`}`,
    `${meant === undefined ? '' : `perhaps ${meant} is meant; `}${hint}`,
  );
}

/** Whether two endpoints, or the first ones of two lists, are the same address. */
export function sameEndpoint(one: string | undefined, two: string | undefined): boolean {
  return one !== undefined && two !== undefined && normalised(one) === normalised(two);
}

function normalised(endpoint: string): string {
  const first = endpoint.split(',', 1)[0]?.trim() ?? '';
  try {
    return parseEndpoint(first).url;
  } catch {
    // It is explained where it is used.
    return first;
  }
}
