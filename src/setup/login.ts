import { BaiError } from '../errors.js';
import { authorize, type AuthorizeOutcome } from '../manager/authorize.js';
import type { ClientOptions } from '../manager/client.js';
import { Connection } from '../manager/connection.js';
import { ApiCredentials, type LoginCredentials } from '../manager/credentials.js';
import { parseEndpoint, parseFirstEndpoint } from '../manager/endpoint.js';
import { login, logout, tokenLogin, type LoginOutcome, type Password } from '../manager/login.js';
import { probe, type Site } from '../manager/probe.js';
import { checkCredentials } from '../manager/session-list.js';
import type { Credentials } from './credentials.js';
import { EarlierLogin, type Replaced } from './earlier-login.js';
import { checkConfig, eraseCredentials, keepCredentials, type KeptSecret } from './keep-login.js';
import { withSecret } from './kept-secrets.js';
import { clientOptions } from './network.js';
import type { Profile } from './profiles.js';
import { connect, type SignIn } from './sign-in.js';
import type { Workspace } from './workspace.js';

/** What listens at the address, and the way there. */
export interface FoundSite {
  readonly site: Site;
  readonly options: ClientOptions;
}

/** How the person shows who they are. */
export type Proof =
  | { readonly kind: 'keys'; readonly accessKey: string; readonly secretKey: string }
  | { readonly kind: 'token'; readonly token: string }
  | {
      readonly kind: 'password';
      readonly username: string;
      readonly password: string;
      readonly otp: string | undefined;
      /** End the oldest other login, where there are too many. */
      readonly force: boolean;
    };

/** What a login may have to ask on the way; where nobody can be asked the refusal is thrown. */
export interface LoginQuestions {
  /** @returns the one-time code, or `undefined` where there is nobody to ask */
  otp(refusal: BaiError): Promise<string | undefined>;
  /** Whether to end the oldest other login. */
  endOldest(refusal: BaiError): Promise<boolean>;
}

interface LoginResult {
  readonly mode: 'api' | 'session';
  /** Normalised. */
  readonly endpoint: string;
  readonly accessKey: string;
  /** Release of the manager, e.g. `26.4.10`. */
  readonly release: string;
  /** When the login ends unless it is used; `null` where there is no end, or it is not told. */
  readonly expires: Date | null;
  /** Where the secret is now; `null` in a dry run. */
  readonly secret: KeptSecret | null;
  /** Another account, or one at another site, that the profile stood for until now. */
  readonly replaced: Replaced | null;
}

/** One-time codes that are asked for, before it is more likely that the clock of the phone is wrong. */
const MAX_OTPS = 3;

/**
 * Finds out what an address is.
 *
 * @throws BaiError as `probe`, and where the options for the network cannot be used
 */
export async function findSite(
  workspace: Workspace,
  { found }: SignIn,
  address: string,
): Promise<FoundSite> {
  const options = await clientOptions(workspace, found.skipCertificateCheck);
  return { site: await probe(address, options), options };
}

/**
 * Signs in, proves it with a call, and keeps it where only the user can read it. The login that the
 * profile held before, there or elsewhere, is ended.
 *
 * @param dryRun check, keep nothing
 * @throws BaiError where the site does not accept it; nothing is written then
 */
export async function signIn(
  workspace: Workspace,
  { site, options }: FoundSite,
  before: SignIn,
  proof: Proof,
  questions: LoginQuestions,
  dryRun: boolean,
): Promise<LoginResult> {
  // A login that cannot be kept would stay open at the site.
  if (!dryRun) await checkConfig(workspace);
  const connection = new Connection(parseEndpoint(site.endpoint), options);
  const earlier = await EarlierLogin.of(workspace, before, options);
  // Where there is no room for another login, the one that is to be replaced makes some.
  const makeRoom = async (): Promise<boolean> => !dryRun && earlier.makeRoomAt(site.endpoint);
  const { credentials, expires } = await prove(connection, site, proof, questions, makeRoom);
  const { release } = await checkCredentials(connect(credentials, options).client);
  const { mode, endpoint, accessKey } = credentials;
  let secret: KeptSecret | null = null;
  let replaced: Replaced | null = null;
  if (dryRun) {
    if (credentials.mode === 'session') await logout(connection, credentials.loginId);
  } else {
    secret = await keepCredentials(workspace, before.profileName, credentials);
    replaced = await earlier.replaceBy(endpoint, accessKey);
  }
  return { mode, endpoint, accessKey, release, expires, secret, replaced };
}

/** What became of a profile that was signed out. */
interface SignedOut {
  /** Whether the site was told that the login ends; a key pair has none. */
  readonly ended: boolean;
  /** Why the site could not be told. */
  readonly failure: BaiError | null;
  /** Name of the keyring that the secret was erased from; `null` where none was. */
  readonly erasedFrom: string | null;
}

/**
 * Ends a kept login, and forgets the profile in any case.
 *
 * @throws BaiError `config-not-text`; the login goes on then
 */
export async function signOut(
  workspace: Workspace,
  before: SignIn,
  profile: Profile,
): Promise<SignedOut> {
  await checkConfig(workspace);
  // What was looked up has its secret already, or the person was told why not.
  const isOpen = before.profile?.name === profile.name;
  const held = isOpen ? before.profile : await withSecret(workspace, profile);
  let failure: BaiError | null = null;
  if (held.values.mode === 'session') {
    try {
      await endLogin(workspace, before, held);
    } catch (error) {
      if (!(error instanceof BaiError)) throw error;
      failure = error;
    }
  }
  const erasedFrom = await eraseCredentials(workspace, profile.name);
  return { ended: held.values.mode === 'session' && failure === null, failure, erasedFrom };
}

async function endLogin(
  workspace: Workspace,
  { found }: SignIn,
  { values: { endpoint, loginId } }: Profile,
): Promise<void> {
  if (endpoint === undefined || loginId === undefined) {
    throw new BaiError(
      'login-not-known',
      'what the login is shown by is not known here',
      'end it in the web console',
    );
  }
  const options = await clientOptions(workspace, found.skipCertificateCheck);
  await logout(new Connection(parseFirstEndpoint(endpoint), options), loginId);
}

async function prove(
  connection: Connection,
  site: Site,
  proof: Proof,
  questions: LoginQuestions,
  makeRoom: () => Promise<boolean>,
): Promise<{ credentials: Credentials; expires: Date | null }> {
  const { endpoint } = site;
  if (proof.kind === 'keys') {
    const { accessKey, secretKey } = proof;
    if (secretKey === '') {
      throw new BaiError(
        'secret-key-empty',
        'the secret key is empty',
        'type or paste it when asked',
      );
    }
    return { credentials: { mode: 'api', endpoint, accessKey, secretKey }, expires: null };
  }
  const outcome =
    proof.kind === 'token'
      ? await tokenLogin(connection, proof.token)
      : await answering(proof, questions, makeRoom, async (password) =>
          site.kind === 'webserver'
            ? await login(connection, password)
            : await authorize(connection, site.greeting.apiVersion, password),
        );
  if (outcome.kind !== 'signed-in') throw outcome.error;
  return {
    credentials: kept(outcome.credentials),
    expires: 'expires' in outcome ? outcome.expires : null,
  };
}

/** Tries again with what the person answers to a refusal that can be answered. */
async function answering(
  { username, password, otp, force }: Extract<Proof, { kind: 'password' }>,
  questions: LoginQuestions,
  makeRoom: () => Promise<boolean>,
  attempt: (password: Password) => Promise<LoginOutcome | AuthorizeOutcome>,
): Promise<LoginOutcome | AuthorizeOutcome> {
  let given: Password = { username, password, force, ...(otp === undefined ? {} : { otp }) };
  for (let otps = 0; ;) {
    const outcome = await attempt(given);
    if (outcome.kind === 'otp-needed' && otps < MAX_OTPS) {
      otps += 1;
      const code = await questions.otp(outcome.error);
      if (code === undefined) return outcome;
      given = { ...given, otp: code };
    } else if (outcome.kind === 'active-login-exists' && given.force !== true) {
      if (await makeRoom()) continue;
      if (!(await questions.endOldest(outcome.error))) return outcome;
      given = { ...given, force: true };
    } else return outcome;
  }
}

function kept(credentials: ApiCredentials | LoginCredentials): Credentials {
  const { endpoint, accessKey } = credentials;
  return credentials instanceof ApiCredentials
    ? { mode: 'api', endpoint, accessKey, secretKey: credentials.secretKey }
    : { mode: 'session', endpoint, accessKey, loginId: credentials.loginId };
}
