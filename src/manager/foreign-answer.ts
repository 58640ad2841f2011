import { BaiError } from '../errors.js';
import type { CredentialOrigins } from './credentials.js';
import { retryAfter } from './rate-limit.js';
import type { HttpAnswer } from './transport.js';

/** What was asked, for the words of an error. */
export interface Asked {
  /** URL of the endpoint. */
  readonly endpoint: string;
  readonly method: string;
  /** Path with query, as sent. */
  readonly target: string;
  readonly mode: 'api' | 'session';
  /** Empty where it is not known, as before a login. */
  readonly accessKey: string;
  /** Where the credentials were found; absent where that is not known. */
  readonly origins?: CredentialOrigins | undefined;
  /** This computer's time when the answer came. */
  readonly now: Date;
}

/** An answer that is neither a result nor a problem of Backend.AI. */
export function foreignAnswerError(answer: HttpAnswer, asked: Asked): BaiError {
  const start = answer.body.subarray(0, 1024).toString('latin1');
  const html =
    /html/iu.test(answer.headers['content-type'] ?? '') || /^\s*<(?:!|html)/iu.test(start);
  const details = { status: answer.status, contentType: answer.headers['content-type'] ?? null };
  if (answer.status >= 500) {
    return new BaiError(
      'gateway-failure',
      `what stands before the manager at ${asked.endpoint} answers ${answer.status}`,
      'the manager behind it may be down; try again in a minute',
      { details },
    );
  }
  if (answer.status === 429) {
    return new BaiError(
      'rate-limited',
      `what stands before the manager at ${asked.endpoint} takes no more requests for now (429)`,
      'try again in a minute; fewer parallel connections save requests',
      { details: { ...details, retryAfter: retryAfter(answer) } },
    );
  }
  if (answer.status === 401 || answer.status === 403) {
    return new BaiError(
      'gateway-refused',
      `what stands before the manager at ${asked.endpoint} refuses the request (${answer.status})`,
      'this network may not be allowed (a VPN may be needed), or a sign-in of its own is wanted; ask the administrator',
      { details },
    );
  }
  if (html && asked.mode === 'session') {
    return new BaiError(
      'console-html-answer',
      `${asked.endpoint} answers with a web page (status ${answer.status}) where its API should be`,
      'open that address in the browser: a sign-in page of the network, or maintenance, may be in the way',
      { details },
    );
  }
  if (html) {
    return new BaiError(
      'html-answer',
      `${asked.endpoint} answers with a web page (status ${answer.status}), so it is not an API endpoint`,
      `give the API endpoint instead of the web console's address; ${asked.endpoint}/config.toml may name it as apiEndpoint`,
      { details },
    );
  }
  return new BaiError(
    'not-json',
    `${asked.endpoint} answers ${asked.method} ${asked.target} with ${answer.status} and no JSON`,
    'check that the address is the API endpoint of Backend.AI',
    { details },
  );
}
