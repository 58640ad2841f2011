import { BaiError, type Hint } from '../errors.js';
import { isRecord, problemText, readProblem, type Problem } from './problem.js';
import type { HttpAnswer } from './transport.js';

/**
 * Why nobody was let in. `otp-needed` and `active-login-exists` can be answered by asking the person
 * and trying again; `error` is for where nobody can be asked, and for the rest.
 */
export interface LoginRefusal {
  readonly kind:
    | 'otp-needed'
    | 'otp-registration-needed'
    | 'active-login-exists'
    | 'already-signed-in'
    | 'wrong-password'
    | 'token-refused'
    | 'password-expired'
    | 'too-many-attempts'
    | 'refused';
  readonly error: BaiError;
}

/** How long the webserver refuses after ten failures in a row (protocol section 1.5), in minutes. */
const BLOCKED = 20;

/**
 * Reads a refused login, of the webserver or of the manager's own `auth/authorize`; `undefined` where
 * the answer is something else (protocol sections 1.5 and 1.6).
 * @param otpSent whether a one-time code was sent along
 */
export function loginRefusal(answer: HttpAnswer, otpSent: boolean): LoginRefusal | undefined {
  const problem = readLoginProblem(answer);
  if (problem === undefined || answer.status >= 500) return undefined;
  const said = problemText(problem);
  const refuse = (kind: LoginRefusal['kind'], message: string, hint: Hint): LoginRefusal => ({
    kind,
    error: new BaiError(`login-${kind}`, message, hint, {
      details: { status: answer.status, said },
    }),
  });
  if (isOtpRequest(problem)) {
    return otpSent
      ? refuse(
          'otp-needed',
          `the one-time code was not accepted: ${said}`,
          'type the code that the authenticator app shows now; it changes every 30 seconds',
        )
      : refuse(
          'otp-needed',
          'this account needs a one-time code besides the password',
          (options) =>
            `run bai-win login${options} in a terminal, with the authenticator app at hand`,
        );
  }
  if (answer.status === 429 || problem.slug === 'too-many-requests') {
    return refuse(
      'too-many-attempts',
      `too many failed logins, so the site refuses this account for a while: ${said}`,
      `wait ${BLOCKED} minutes from the last attempt; every further one is counted as well`,
    );
  }
  if (problem.slug === 'require-totp-registration') {
    return refuse(
      'otp-registration-needed',
      'this site wants two-factor authentication, and this account has not set it up',
      'sign in to the web console with a browser once and register an authenticator app there',
    );
  }
  // Of the same type as a wrong password.
  if (otpSent && /\botp\b|one-time|two-factor/iu.test(said)) {
    return refuse(
      'otp-needed',
      `the site refused the one-time code: ${said}`,
      'wait for the next code of the authenticator app and type that',
    );
  }
  switch (problem.slug) {
    case 'active-login-session-exists':
      return refuse(
        'active-login-exists',
        `this account is signed in elsewhere as often as the site allows: ${said}`,
        (options) =>
          `sign out there, or run bai-win login${options} in a terminal and agree to end the oldest of those logins`,
      );
    case 'password-expired':
      return refuse(
        'password-expired',
        `the password has expired: ${said}`,
        'sign in to the web console with a browser and set a new one',
      );
    case 'auth-failed':
      return refuse(
        'wrong-password',
        `e-mail or password is wrong: ${said}`,
        `try again; after 10 failures in a row the account is blocked for ${BLOCKED} minutes`,
      );
    case 'generic-bad-request':
      if (/already logged in/iu.test(said)) {
        return refuse(
          'already-signed-in',
          'the webserver says that this login exists already',
          (options) => `run bai-win logout${options}, then bai-win login${options}`,
        );
      }
      break;
  }
  return refuse(
    'refused',
    `the site does not let this account in: ${said}`,
    'sign in to the web console with a browser to see whether the account works there',
  );
}

/**
 * A refusal of a token of a portal: the webserver words that as it does a wrong password.
 */
export function tokenRefusal(refusal: LoginRefusal): LoginRefusal {
  if (refusal.kind !== 'wrong-password') return refusal;
  return {
    kind: 'token-refused',
    error: new BaiError(
      'login-token-refused',
      'the site does not accept this token of the portal',
      'tokens are good for a short time: get a new one from the portal, or leave --stoken-stdin out to sign in with e-mail and password',
      { details: refusal.error.details },
    ),
  };
}

/** Current plugins name a type of their own; older ones and the Python client know only the text. */
function isOtpRequest({ slug, title, msg }: Problem): boolean {
  return slug === 'require-totp-authentication' || /\botp not provided\b/iu.test(`${title} ${msg}`);
}

/** The problem stands in the body itself, or under `data` with `details` in the place of `msg`. */
function readLoginProblem(answer: HttpAnswer): Problem | undefined {
  const problem = readProblem(answer);
  if (problem === undefined) return undefined;
  if (!isRecord(problem.data)) return problem.slug === '' ? undefined : problem;
  const { details, ...rest } = problem.data;
  const inner = Buffer.from(JSON.stringify({ ...rest, msg: details }));
  return readProblem({ ...answer, body: inner });
}
