import { answerError } from './answer-error.js';
import type { Connection } from './connection.js';
import { ApiCredentials } from './credentials.js';
import { foreignAnswerError } from './foreign-answer.js';
import { loginRefusal, type LoginRefusal } from './login-refusal.js';
import type { Password } from './login.js';
import { isRecord, parseJson, readProblem } from './problem.js';

export type AuthorizeOutcome =
  { readonly kind: 'signed-in'; readonly credentials: ApiCredentials } | LoginRefusal;

/** The answer is a few hundred bytes. */
const MAX_ANSWER = 64 * 1024;

/**
 * Turns a password into the account's key pair, at a manager directly (protocol section 1.5). The
 * request is not signed, so it works without any key; it does not work through a webserver.
 * @param apiVersion as the manager's greeting says
 * @param domain of the account, `default` at most sites
 * @throws BaiError where the manager cannot be reached or is none
 */
export async function authorize(
  connection: Connection,
  apiVersion: string,
  { username, password, otp }: Password,
  domain = 'default',
): Promise<AuthorizeOutcome> {
  const { endpoint } = connection;
  const target = `${endpoint.prefix}/auth/authorize`;
  const answer = await connection.send('POST', target, {
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': 'bai-win',
      'X-BackendAI-Version': apiVersion,
    },
    body: JSON.stringify({
      type: 'keypair',
      domain,
      username,
      password,
      ...(otp === undefined ? {} : { otp }),
    }),
    maxBytes: MAX_ANSWER,
  });
  const asked = {
    endpoint: endpoint.url,
    method: 'POST',
    target,
    mode: 'api' as const,
    accessKey: '',
    now: new Date(),
  };
  if (answer.status >= 300) {
    // The clock and the version are checked before the password, and explained like anywhere else.
    const slug = readProblem(answer)?.slug ?? '';
    const aboutAccount =
      [401, 403, 409].includes(answer.status) || /^(?:rejected-by-hook|require-totp)/u.test(slug);
    const refusal = aboutAccount ? loginRefusal(answer, otp !== undefined) : undefined;
    if (refusal === undefined) throw answerError(answer, asked);
    return refusal;
  }
  const body = parseJson(answer.body);
  const data = isRecord(body) ? body['data'] : undefined;
  const accessKey = isRecord(data) ? data['access_key'] : undefined;
  const secretKey = isRecord(data) ? data['secret_key'] : undefined;
  if (typeof accessKey !== 'string' || typeof secretKey !== 'string') {
    throw foreignAnswerError(answer, asked);
  }
  const credentials = new ApiCredentials({ endpoint: endpoint.url, accessKey, secretKey });
  return { kind: 'signed-in', credentials };
}
