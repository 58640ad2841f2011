import { BaiError, type Hint } from '../errors.js';
import { isUsualAccessKey, shownAccessKey, SWAPPED } from './access-key.js';
import { foreignAnswerError, type Asked } from './foreign-answer.js';
import { isRecord, problemText, readProblem, type Problem } from './problem.js';
import { retryAfter } from './rate-limit.js';
import type { HttpAnswer } from './transport.js';

/** How far a clock may be off (protocol section 1.3), in minutes. */
const CLOCK_TOLERANCE = 15;

/** The window over which the manager counts requests (protocol section 1.6), in minutes. */
const RATE_WINDOW = 15;

/**
 * Turns an answer that is not a success into the error that a person sees (protocol section 1.6).
 * Also right for an answer that refuses a WebSocket upgrade.
 */
export function answerError(answer: HttpAnswer, asked: Asked): BaiError {
  const problem = readProblem(answer);
  if (problem === undefined) return foreignAnswerError(answer, asked);
  const said = problemText(problem);
  const fail = (code: string, message: string, hint: Hint, details?: unknown): BaiError =>
    new BaiError(code, message, hint, {
      details: details ?? { status: answer.status, ...problem },
    });

  switch (answer.status) {
    case 400:
      return badRequest(answer, problem, asked, fail);
    case 401:
      return unauthorized(problem, asked, fail);
    case 403:
      return problem.slug === 'insufficient-privilege'
        ? fail(
            'insufficient-privilege',
            `access key ${asked.accessKey} may not do this: ${said}`,
            (options) =>
              `ask the administrator for the right, or sign in with another key: bai-win login${options}`,
          )
        : fail(
            'forbidden',
            `the manager forbids ${asked.method} ${asked.target}: ${said}`,
            (options) => `sign in as the one whose session it is: bai-win login${options}`,
          );
    case 404:
      return notFound(problem, asked, fail);
    case 405:
      return fail(
        'method-not-allowed',
        `${asked.endpoint} does not take ${asked.method} ${asked.target}: ${said}`,
        'this release of Backend.AI may be one that bai-win does not know; update bai-win',
      );
    case 409:
      if (problem.slug === 'active-login-session-exists') {
        return fail(
          'too-many-logins',
          `the account has as many logins as the site allows: ${said}`,
          (options) =>
            `sign in anew and let the oldest of them end: bai-win login --force${options}`,
        );
      }
      return fail(
        'conflict',
        `the session is in no state for this: ${said}`,
        (options) => `wait until bai-win sessions${options} shows it as RUNNING, then try again`,
      );
    case 429:
      return fail(
        'rate-limited',
        `the request limit of access key ${asked.accessKey} is used up: ${said}`,
        `wait; the manager counts over ${RATE_WINDOW} minutes`,
        { status: answer.status, ...problem, retryAfter: retryAfter(answer) },
      );
    case 502:
      return fail(
        'bad-gateway',
        `${asked.endpoint} cannot reach the manager behind it: ${said}`,
        'try again in a minute; if it stays so, tell the administrator',
      );
    case 503:
      return problem.slug === 'server-frozen'
        ? fail(
            'server-frozen',
            `the manager is frozen for maintenance: ${said}`,
            'try again after the maintenance; the administrator knows when that is',
          )
        : fail(
            'service-unavailable',
            `the manager cannot serve this now: ${said}`,
            'try again in a minute; if it stays so, tell the administrator these words',
          );
    default:
      return answer.status >= 500 ? serverFault(problem, answer.status, fail) : unknownRefusal();
  }

  function unknownRefusal(): BaiError {
    return fail(
      'refused',
      `${asked.method} ${asked.target} was refused with status ${answer.status}: ${said}`,
      'run it again with --verbose and show the administrator the output',
    );
  }
}

type Fail = (code: string, message: string, hint: Hint, details?: unknown) => BaiError;

function badRequest(answer: HttpAnswer, problem: Problem, asked: Asked, fail: Fail): BaiError {
  const said = problemText(problem);
  switch (problem.slug) {
    case 'invalid-auth-params':
      // What a login is for was signed by the web console.
      if (asked.mode === 'session') {
        return fail(
          'console-signs-wrongly',
          `the manager behind ${asked.endpoint} does not take what the web console signed: ${said}`,
          'tell the administrator: the clocks of both servers may differ, or a proxy between them changes headers',
        );
      }
      return /date/iu.test(problem.msg)
        ? clockSkew(answer, asked, fail)
        : fail(
            'auth-parameters-rejected',
            `the manager could not read the signature: ${said}`,
            'a proxy in between may be changing headers; try without it',
          );
    case 'deprecated':
      return fail(
        'api-deprecated',
        `this manager no longer offers ${asked.method} ${asked.target}: ${said}`,
        'update bai-win',
      );
    case 'rejected-by-hook':
      return fail(
        'rejected-by-hook',
        `a plugin of the site refused the request: ${said}`,
        'ask the administrator what that plugin wants',
      );
    case 'graphql-error':
      return fail(
        'query-rejected',
        `the manager did not understand the query: ${said}`,
        'this release of Backend.AI may be too old (22.03 is the oldest that bai-win knows)',
      );
    default:
      return /api version/iu.test(problem.msg)
        ? fail(
            'version-unsupported',
            `the manager does not speak the API version that bai-win used: ${said}`,
            'update bai-win; the manager may have been upgraded this minute, so try once more first',
          )
        : fail(
            'bad-request',
            `the manager did not accept ${asked.method} ${asked.target}: ${said}`,
            'run it again with --verbose; this is worth a bug report for bai-win',
          );
  }
}

function clockSkew(answer: HttpAnswer, asked: Asked, fail: Fail): BaiError {
  const server = Date.parse(answer.headers.date ?? '');
  const seconds = Math.round((asked.now.getTime() - server) / 1000);
  // A smaller difference is that of a proxy in between, whose clock says nothing about the manager's.
  const measured = Math.abs(seconds) > CLOCK_TOLERANCE * 60;
  const difference = measured
    ? `is ${duration(Math.abs(seconds))} ${seconds < 0 ? 'behind' : 'ahead of'} the server's`
    : "differs from the server's";
  return fail(
    'clock-skew',
    `this computer's clock ${difference}; the manager allows ${CLOCK_TOLERANCE} minutes`,
    'set the date, time and time zone of this computer (Windows: Settings, Time & language, Sync now)',
    { secondsAhead: measured ? seconds : null },
  );
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}

function unauthorized(problem: Problem, asked: Asked, fail: Fail): BaiError {
  const said = problemText(problem);
  if (problem.slug === 'password-expired') {
    return fail(
      'password-expired',
      `the password of this account has expired: ${said}`,
      'set a new password in the web console, then try again',
    );
  }
  if (/not allowed ip/iu.test(problem.msg)) {
    return fail(
      'address-not-allowed',
      `this account may not be used from here: ${said}`,
      'connect from an allowed network (VPN), or have this address added to the account',
    );
  }
  if (asked.mode === 'session') {
    return fail(
      'login-expired',
      `the login at ${asked.endpoint} has ended: ${said}`,
      asked.origins?.remedy ?? ((options) => `sign in again: bai-win login${options}`),
    );
  }
  const { accessKey, origins } = asked;
  const shown = shownAccessKey(accessKey);
  const key = origins === undefined ? shown : `${shown} (${origins.accessKey})`;
  const question = isUsualAccessKey(accessKey) ? '' : `${SWAPPED} `;
  const remedy = (options: string): string =>
    origins?.remedy ?? `enter the key pair again: bai-win login${options}`;
  if (/signature mismatch/iu.test(problem.msg)) {
    return fail(
      'wrong-secret-key',
      `the secret key${origins === undefined ? '' : ` (${origins.secret})`} does not belong to access key ${key}: ${said}`,
      (options) => `${remedy(options)}; if it is right, a proxy is rewriting the address`,
    );
  }
  if (/access key not found/iu.test(problem.msg)) {
    return fail(
      'unknown-access-key',
      `${asked.endpoint} does not know access key ${key}, or it is inactive`,
      (options) =>
        `${question}check the endpoint and the key pair in the web console, then ${origins?.remedy ?? `run bai-win login${options}`}`,
    );
  }
  return fail(
    'auth-failed',
    `${asked.endpoint} does not accept access key ${key}: ${said}`,
    (options) =>
      `${question}the key pair is wrong, inactive or of another site; ${origins?.remedy ?? `enter it again: bai-win login${options}`}`,
  );
}

function notFound(problem: Problem, asked: Asked, fail: Fail): BaiError {
  const said = problemText(problem);
  if (problem.slug === 'too-many-sessions-matched') {
    const matches = isRecord(problem.data) ? problem.data['matches'] : undefined;
    return fail(
      'session-name-shared',
      `several sessions have this name: ${said}`,
      (options) => `name the session by its id; bai-win sessions${options} lists them`,
      { matches },
    );
  }
  if (problem.slug === 'object-not-found') {
    return /app service/iu.test(problem.title)
      ? fail(
          'app-not-found',
          `the session does not offer this service: ${said}`,
          (options) => `sshd is there once the session is RUNNING; see bai-win sessions${options}`,
        )
      : fail(
          'session-gone',
          `the manager knows no such session: ${said}`,
          (options) =>
            `it has ended, or belongs to another access key; bai-win sessions${options} lists yours`,
        );
  }
  return fail(
    'url-not-found',
    `${asked.endpoint} has no ${asked.target}: ${said}`,
    'check the endpoint: the address of the manager or the web console, with its path prefix if it has one',
  );
}

function serverFault(problem: Problem, status: number, fail: Fail): BaiError {
  const said = problemText(problem);
  switch (problem.slug) {
    case 'kernel-execution-failed':
      return fail(
        'agent-failure',
        `the session's machine could not do it: ${said}`,
        'see in the web console whether the session is healthy, then try again',
      );
    case 'app-service-start-failed':
      return fail(
        'app-start-failed',
        `the service in the session did not start: ${said}`,
        'restart the session, or start a new one',
      );
    default:
      return fail(
        'server-error',
        `the manager failed (${status}): ${said}`,
        'try again in a minute; if it stays so, tell the administrator these words',
      );
  }
}
