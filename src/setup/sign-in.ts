import {
  apiClient,
  loginClient,
  type ClientOptions,
  type ManagerClient,
} from '../manager/client.js';
import { Connection } from '../manager/connection.js';
import {
  ApiCredentials,
  LoginCredentials,
  type CredentialOrigins,
} from '../manager/credentials.js';
import { parseEndpoint, parseFirstEndpoint } from '../manager/endpoint.js';
import { extendLogin } from '../manager/login.js';
import { credentialOrigins } from './credential-origins.js';
import {
  ENVIRONMENT,
  findCredentials,
  requireCredentials,
  SITE_NOTES,
  type Credentials,
  type CredentialSource,
  type FoundCredentials,
} from './credentials.js';
import { findDotEnv } from './dot-env.js';
import { environmentSource } from './environment-source.js';
import { readClientSettings } from './client-settings.js';
import { withSecret } from './kept-secrets.js';
import { clientOptions } from './network.js';
import { isReadableOnTheWay } from './plain-http.js';
import {
  chooseProfile,
  DEFAULT_PROFILE,
  namedProfile,
  profileOf,
  profileOption,
  readProfiles,
  sameEndpoint,
  unknownProfile,
  type Profile,
} from './profiles.js';
import type { Workspace } from './workspace.js';

/** What the command line said about the connection, or the notes of setup about whose a session is. */
export interface ConnectionFlags {
  readonly endpoint: string | undefined;
  readonly accessKey: string | undefined;
  /** `--profile`; `undefined` takes BAI_WIN_PROFILE, else what fits. */
  readonly profile?: string | undefined;
  /** Where `endpoint` and `accessKey` come from, for people; absent for the command line. */
  readonly origin?: string;
}

/** The one whose session a site is, as `ConnectionFlags`. */
export function flagsOfSite({
  endpoint,
  accessKey,
}: {
  readonly endpoint: string;
  readonly accessKey: string;
}): ConnectionFlags {
  return { endpoint, accessKey, origin: SITE_NOTES };
}

/** A client of the manager, and whose sessions it shows. */
export interface Manager {
  readonly client: ManagerClient;
  /** Normalised endpoint: part of the identity of every site. */
  readonly endpoint: string;
  readonly accessKey: string;
  /** Makes the login to a web console last longer; absent where requests are signed with a key pair. */
  readonly extendLogin?: () => Promise<Date | null>;
}

/** Who is meant, and where that was found. */
export interface SignIn {
  readonly found: FoundCredentials;
  /** What was kept by `bai-win login` and is used; `undefined` where nothing is. */
  readonly profile: Profile | undefined;
  /** The profile that `bai-win login` writes. */
  readonly profileName: string;
}

/**
 * Looks for credentials where people keep them: command line, a profile that is named, `.env` in this
 * folder or above (it overrides the environment, as in the Python client), environment, config.ini,
 * the settings of Backend.AI's own client.
 *
 * @throws BaiError `profile-name-invalid`
 */
export async function lookUpCredentials(
  workspace: Workspace,
  flags: ConnectionFlags,
): Promise<SignIn> {
  const { env } = workspace.machine;
  const [profiles, dotEnv] = await Promise.all([readProfiles(workspace), findDotEnv(workspace)]);
  const commandLine: CredentialSource = {
    origin: flags.origin ?? 'command line',
    values: {
      ...(flags.endpoint === undefined ? {} : { endpoint: flags.endpoint }),
      ...(flags.accessKey === undefined ? {} : { accessKey: flags.accessKey }),
    },
  };
  const around = ofSite(flags.endpoint, [
    ...(dotEnv === null ? [] : [environmentSource(dotEnv.path, dotEnv.values)]),
    environmentSource(ENVIRONMENT, env),
  ]);
  const named = namedProfile(workspace, flags.profile);
  if (named !== undefined) {
    const profile = await withSecret(
      workspace,
      profiles.find(({ name }) => name === named),
    );
    const kept = fitting(profile, flags.endpoint, flags.accessKey);
    const said = [commandLine, ...kept];
    const found = findCredentials([...said, ...ofAccessKey(accessKeyIn(said), around)]);
    return { found, profile, profileName: named };
  }
  const surroundings = ofAccessKey(accessKeyIn([commandLine]), around);
  const elsewhere = findCredentials([commandLine, ...surroundings]);
  const wanted = elsewhere.endpoint?.origin === 'default' ? undefined : elsewhere.endpoint?.value;
  // A key pair from elsewhere is complete: a login that was kept has nothing to add to it.
  const complete = elsewhere.secretKey !== undefined && elsewhere.mode?.value !== 'session';
  const usesKeys = complete || elsewhere.mode?.value === 'api';
  const chosen = chooseProfile(profiles, wanted, elsewhere.accessKey?.value);
  const profile = complete ? chosen : await withSecret(workspace, chosen);
  // A login belongs to one access key, whichever one the environment names.
  const wantedKey =
    profile?.values.mode === 'session' ? flags.accessKey : elsewhere.accessKey?.value;
  const [kept] = fitting(profile, wanted, wantedKey);
  const owner = flags.origin === SITE_NOTES ? profileOf(profiles, flags) : undefined;
  const profileName = owner?.name ?? DEFAULT_PROFILE;
  if (kept?.values.mode !== 'session') {
    const sources = [commandLine, ...surroundings, ...(kept ? [kept] : [])];
    const found = findCredentials(sources);
    const used = profile !== undefined && contributes(profile, found) ? profile : undefined;
    if (found.secretKey !== undefined) return { found, profile: used, profileName };
    // Nobody is signed in, but perhaps another client of Backend.AI is.
    const theirs = await readClientSettings(workspace);
    if (theirs === null || !isOf(theirs, wanted, elsewhere.accessKey?.value)) {
      return { found, profile: used, profileName };
    }
    return { found: findCredentials([...sources, theirs]), profile: undefined, profileName };
  }
  const found = findCredentials([...(usesKeys ? [] : [kept]), commandLine, ...surroundings]);
  return { found, profile: usesKeys ? undefined : profile, profileName };
}

/**
 * As `lookUpCredentials`, for where a profile that is named has to be there.
 *
 * @throws BaiError `profile-unknown`
 */
export async function requireSignIn(workspace: Workspace, flags: ConnectionFlags): Promise<SignIn> {
  const signIn = await lookUpCredentials(workspace, flags);
  if (signIn.profile === undefined && namedProfile(workspace, flags.profile) !== undefined) {
    throw unknownProfile(signIn.profileName, await readProfiles(workspace));
  }
  return signIn;
}

/**
 * As `managerOf`, for the credentials as they are now.
 *
 * @throws BaiError as `requireSignIn` and `managerOf`
 */
export async function openManager(workspace: Workspace, flags: ConnectionFlags): Promise<Manager> {
  return managerOf(workspace, await requireSignIn(workspace, flags));
}

/**
 * The client for the credentials that were found; with a warning where everybody on the way reads along.
 *
 * @throws BaiError where some are missing
 */
export async function managerOf(workspace: Workspace, signIn: SignIn): Promise<Manager> {
  const { found, profile, profileName } = signIn;
  // What is wrong with the address comes before what is missing for it.
  if (found.endpoint !== undefined) parseFirstEndpoint(found.endpoint.value);
  const kept = found.endpoint === undefined ? await readProfiles(workspace) : [];
  const credentials = requireCredentials(
    found,
    profileOption(profile?.name ?? profileName),
    kept.map(({ name }) => name),
  );
  const manager = connect(
    credentials,
    await clientOptions(workspace, found.skipCertificateCheck),
    credentialOrigins(workspace, signIn),
  );
  if (isReadableOnTheWay(manager.endpoint)) {
    workspace.notice(
      `${manager.endpoint} is reached without encryption: whoever is on the way can read what is sent, private keys of sessions too; use https:// if the site has it`,
    );
  }
  return manager;
}

/**
 * @param origins where the credentials were found; absent where they were just typed
 * @throws BaiError where the endpoint is not an address
 */
export function connect(
  credentials: Credentials,
  options: ClientOptions,
  origins?: CredentialOrigins,
): Manager {
  const [first = '', ...alternates] = credentials.endpoint.split(',').map((part) => part.trim());
  const endpoint = parseEndpoint(first).url;
  const { accessKey } = credentials;
  if (credentials.mode === 'api') {
    const { secretKey } = credentials;
    const api = new ApiCredentials({ endpoint, alternates, accessKey, secretKey, origins });
    return { client: apiClient(api, options), endpoint, accessKey };
  }
  const { loginId } = credentials;
  const login = new LoginCredentials({ endpoint, alternates, accessKey, loginId, origins });
  const client = loginClient(login, options);
  return {
    client,
    endpoint,
    accessKey,
    extendLogin: () => extendLogin(new Connection(client.endpoint, options), login.loginId),
  };
}

/**
 * What a profile has to say about an endpoint that another source names. A login is never shown to
 * another site than the one that gave it; a key pair, of which only signatures are sent, goes where
 * the person says, but its secret with no other access key.
 */
function fitting(
  profile: Profile | undefined,
  endpoint: string | undefined,
  accessKey: string | undefined,
): CredentialSource[] {
  if (profile === undefined) return [];
  const { values, origin, origins = {} } = profile;
  const here = endpoint === undefined || sameEndpoint(values.endpoint, endpoint);
  const { endpoint: address, mode, ...pair } = values;
  const fits = accessKey === undefined || accessKey === pair.accessKey;
  if (mode === 'session') return here && fits ? [profile] : [];
  const place = address === undefined ? { mode } : { endpoint: address, mode };
  return [{ origin, origins, values: { ...(here ? place : {}), ...(fits ? pair : {}) } }];
}

/** Whether anything that says who is meant comes from a profile. */
function contributes({ origin, origins = {} }: Profile, found: FoundCredentials): boolean {
  const places = [origin, ...Object.values(origins)];
  return [found.endpoint, found.accessKey, found.secretKey].some(
    (value) => value !== undefined && places.includes(value.origin),
  );
}

/** Whether a source speaks of this endpoint and this access key, as far as they are known. */
function isOf(
  { values }: CredentialSource,
  endpoint: string | undefined,
  accessKey: string | undefined,
): boolean {
  return (
    (endpoint === undefined || sameEndpoint(values.endpoint, endpoint)) &&
    (accessKey === undefined || values.accessKey === accessKey)
  );
}

/** The sources, without the mode where that is the one of another site than the wanted one. */
function ofSite(
  wanted: string | undefined,
  sources: readonly CredentialSource[],
): readonly CredentialSource[] {
  const place = sources.find(({ values }) => values.endpoint !== undefined)?.values.endpoint;
  if (wanted === undefined || place === undefined || sameEndpoint(place, wanted)) return sources;
  // Empty counts as absent.
  return sources.map((source) => ({ ...source, values: { ...source.values, mode: '' } }));
}

/**
 * The sources, without the secret keys of others than the wanted access key. A secret belongs to the
 * access key that its source names, or else the others with it.
 */
function ofAccessKey(
  wanted: string | undefined,
  sources: readonly CredentialSource[],
): readonly CredentialSource[] {
  if (wanted === undefined) return sources;
  return sources.map((source) => {
    const owner = accessKeyIn([source]) ?? accessKeyIn(sources);
    const fits = owner === undefined || owner === wanted;
    return fits ? source : { ...source, values: { ...source.values, secretKey: '' } };
  });
}

function accessKeyIn(sources: readonly CredentialSource[]): string | undefined {
  return findCredentials(sources).accessKey?.value;
}
