import { BaiError } from '../errors.js';
import { answerError } from './answer-error.js';
import { loginHeaders } from './authenticator.js';
import type { Connection } from './connection.js';
import { LoginCredentials } from './credentials.js';
import { foreignAnswerError } from './foreign-answer.js';
import { loginRefusal, tokenRefusal, type LoginRefusal } from './login-refusal.js';
import { isRecord, parseJson } from './problem.js';
import type { HttpAnswer } from './transport.js';

/** What a person types to sign in to the web console. */
export interface Password {
  /** E-mail address. */
  readonly username: string;
  readonly password: string;
  /** The one-time code, where the site asks for one. */
  readonly otp?: string;
  /** End the oldest other login where the site allows no more of them (26.4 and later). */
  readonly force?: boolean;
}

export type LoginOutcome =
  | {
      readonly kind: 'signed-in';
      readonly credentials: LoginCredentials;
      /** When the webserver forgets the login; `null` where it does not say. */
      readonly expires: Date | null;
    }
  | LoginRefusal;

/** The bodies of these answers are a few hundred bytes. */
const MAX_ANSWER = 64 * 1024;

/**
 * Signs in to a webserver (protocol section 1.5). Sent as plain JSON: the console's obfuscation of the
 * body can be undone by anyone who sees it, and only TLS protects it, where the endpoint has it.
 * @throws BaiError where the webserver cannot be reached or is none
 */
export async function login(connection: Connection, password: Password): Promise<LoginOutcome> {
  const { username, otp, force } = password;
  const body = {
    username,
    password: password.password,
    ...(otp === undefined ? {} : { otp }),
    ...(force === true ? { force } : {}),
  };
  const answer = await post(connection, 'login', { body });
  return readOutcome(answer, connection, otp !== undefined);
}

/**
 * Signs in with the token of a single-sign-on portal. Newer webservers read it from the body, older
 * ones from a cookie.
 */
export async function tokenLogin(connection: Connection, token: string): Promise<LoginOutcome> {
  const answer = await post(connection, 'token-login', {
    body: { sToken: token },
    headers: { Cookie: `sToken=${encodeURIComponent(token)}` },
  });
  const outcome = readOutcome(answer, connection, false);
  return outcome.kind === 'signed-in' ? outcome : tokenRefusal(outcome);
}

/** Makes the webserver forget a login. One that it does not know is no error. */
export async function logout(connection: Connection, loginId: string): Promise<void> {
  const answer = await post(connection, 'logout', { headers: loginHeaders(loginId) });
  if (answer.status >= 400 && answer.status !== 401) throw errorOf(answer, connection, 'logout');
}

/**
 * Makes a login last longer, and returns until when; `null` where the webserver cannot do that (before
 * 24.09) or does not tell.
 * @throws BaiError `login-expired` where it is too late
 */
export async function extendLogin(connection: Connection, loginId: string): Promise<Date | null> {
  const path = 'extend-login-session';
  const answer = await post(connection, path, { headers: loginHeaders(loginId) });
  if (answer.status === 404 || answer.status === 405) return null;
  const expires = readBody(answer, connection, path)['expires'];
  const date = new Date(typeof expires === 'string' ? expires : Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date;
}

function readOutcome(answer: HttpAnswer, connection: Connection, otpSent: boolean): LoginOutcome {
  const body = parseJson(answer.body);
  // The HTTP status says little: it is 200 or the manager's own by release. `authenticated` decides.
  if (!isRecord(body) || body['authenticated'] !== true) {
    return loginRefusal(answer, otpSent) ?? throwError(answer, connection, 'login');
  }
  const data = isRecord(body['data']) ? body['data'] : {};
  const cookie = readCookie(answer);
  const header = answer.headers['x-backendai-sessionid'];
  const loginId = typeof header === 'string' && header !== '' ? header : cookie?.value;
  const accessKey = data['access_key'];
  if (loginId === undefined || typeof accessKey !== 'string') {
    throw new BaiError(
      'login-not-understood',
      `${connection.endpoint.url} let you in but did not say how to show that in later requests`,
      'a proxy in between may be removing cookies; try another network or tell the administrator',
    );
  }
  const endpoint = connection.endpoint.url;
  return {
    kind: 'signed-in',
    credentials: new LoginCredentials({ endpoint, accessKey, loginId }),
    expires: cookie?.expires ?? null,
  };
}

/** The login's cookie, and when it ends (RFC 6265, section 5.2). */
function readCookie(answer: HttpAnswer): { value: string; expires: Date | null } | undefined {
  for (const line of answer.headers['set-cookie'] ?? []) {
    const value = /^AIOHTTP_SESSION="?([^";]+)"?/u.exec(line)?.[1];
    if (value === undefined) continue;
    const seconds = /;\s*max-age=(\d{1,9})/iu.exec(line)?.[1];
    const expires = seconds === undefined ? null : new Date(Date.now() + Number(seconds) * 1000);
    return { value, expires };
  }
  return undefined;
}

async function post(
  connection: Connection,
  name: string,
  { body, headers }: { body?: unknown; headers?: Record<string, string> },
): Promise<HttpAnswer> {
  return await connection.send('POST', targetOf(connection, name), {
    headers: { 'Content-Type': 'application/json', 'User-Agent': 'bai-win', ...headers },
    body: JSON.stringify(body ?? {}),
    maxBytes: MAX_ANSWER,
  });
}

function targetOf(connection: Connection, name: string): string {
  return `${connection.endpoint.prefix}/server/${name}`;
}

function readBody(
  answer: HttpAnswer,
  connection: Connection,
  name: string,
): Record<string, unknown> {
  const body = answer.status < 300 ? parseJson(answer.body) : undefined;
  return isRecord(body) ? body : throwError(answer, connection, name);
}

function throwError(answer: HttpAnswer, connection: Connection, name: string): never {
  throw errorOf(answer, connection, name);
}

function errorOf(answer: HttpAnswer, connection: Connection, name: string): BaiError {
  const asked = {
    endpoint: connection.endpoint.url,
    method: 'POST',
    target: targetOf(connection, name),
    mode: 'session' as const,
    accessKey: '',
    now: new Date(),
  };
  return answer.status < 300 ? foreignAnswerError(answer, asked) : answerError(answer, asked);
}
