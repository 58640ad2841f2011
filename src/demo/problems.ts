import type { Release } from './releases.js';

/** The answer to a request: a status and a body, JSON unless it is bytes. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Buffer | object;
}

interface Template {
  readonly status: number;
  readonly slug: string;
  readonly title: string;
  readonly errorCode?: string;
  readonly message?: string;
  /** Fields beside type, title, error_code and msg. */
  readonly more?: Readonly<Record<string, unknown>>;
}

const unauthorized = {
  status: 401,
  slug: 'auth-failed',
  title: 'Credential/signature mismatch.',
  errorCode: 'user_auth_unauthorized',
};

/** Every error body that the demo can send, by a name of our own. */
const templates = {
  'clock-skew': {
    status: 400,
    slug: 'invalid-auth-params',
    title: 'Missing or invalid authorization parameters.',
    errorCode: 'user_auth_invalid-parameters',
    message: 'Date/time sync error',
  },
  'bad-authorization': {
    status: 400,
    slug: 'invalid-auth-params',
    title: 'Missing or invalid authorization parameters.',
    errorCode: 'user_auth_invalid-parameters',
  },
  'unsupported-version': {
    status: 400,
    slug: 'generic-bad-request',
    title: 'Bad request.',
    errorCode: 'backendai_generic_bad-request',
    message: 'Unsupported API version.',
  },
  'bad-request': {
    status: 400,
    slug: 'generic-bad-request',
    title: 'Bad request.',
    errorCode: 'backendai_generic_bad-request',
  },
  'invalid-parameters': {
    status: 400,
    slug: 'invalid-api-params',
    title: 'Missing or invalid API parameters.',
    errorCode: 'api_generic_invalid-parameters',
  },
  deprecated: { status: 400, slug: 'deprecated', title: 'This API is deprecated.' },
  'rejected-by-hook': {
    status: 400,
    slug: 'rejected-by-hook',
    title: 'Operation rejected by a hook plugin.',
    message: 'OTP not provided',
  },
  'wrong-signature': { ...unauthorized, message: 'HMAC signature mismatch' },
  'unknown-access-key': { ...unauthorized, message: 'Access key not found in HMAC' },
  'no-authorization': { ...unauthorized, message: 'Unauthorized access' },
  'address-not-allowed': {
    ...unauthorized,
    message: "'203.0.113.9' is not allowed IP address",
  },
  'wrong-password': unauthorized,
  'wrong-otp': unauthorized,
  'not-logged-in': { status: 401, slug: 'auth-failed', title: 'Unauthorized access' },
  'otp-required': {
    status: 401,
    slug: 'require-totp-authentication',
    title: 'Two-Factor Authentication needed.',
  },
  'otp-registration': {
    status: 401,
    slug: 'require-totp-registration',
    title: 'Two-Factor Authentication registration required.',
  },
  'already-logged-in': {
    status: 400,
    slug: 'generic-bad-request',
    title: 'You have already logged in.',
  },
  'no-username': {
    status: 400,
    slug: 'invalid-api-params',
    title: 'You must provide the username field.',
  },
  'no-password': {
    status: 400,
    slug: 'invalid-api-params',
    title: 'You must provide the password field.',
  },
  'too-many-logins': {
    status: 429,
    slug: 'too-many-requests',
    title: 'Too many failed login attempts',
  },
  'port-taken': {
    status: 409,
    slug: 'appproxy/port-not-available',
    title: 'Designated port already occupied.',
  },
  'no-worker': {
    status: 503,
    slug: 'appproxy/worker-not-available',
    title: 'Worker not available.',
    errorCode: 'agent_access_not-found',
  },
  'password-expired': {
    status: 401,
    slug: 'password-expired',
    title: 'Password has expired.',
    errorCode: 'user_auth_forbidden',
  },
  forbidden: {
    status: 403,
    slug: 'generic-forbidden',
    title: 'Forbidden operation.',
    errorCode: 'user_generic_forbidden',
  },
  'insufficient-privilege': {
    status: 403,
    slug: 'insufficient-privilege',
    title: 'Insufficient privilege.',
    errorCode: 'user_generic_forbidden',
  },
  'no-such-session': {
    status: 404,
    slug: 'object-not-found',
    title: 'No such session.',
    errorCode: 'session_read_not-found',
  },
  'no-such-app': {
    status: 404,
    slug: 'object-not-found',
    title: 'No such app service.',
    errorCode: 'backendai_read_not-found',
  },
  'too-many-sessions': {
    status: 404,
    slug: 'too-many-sessions-matched',
    title: 'Too many sessions matched.',
    errorCode: 'session_read_conflict',
  },
  'url-not-found': {
    status: 404,
    slug: 'url-not-found',
    title: 'Unknown URL path.',
    errorCode: 'api_read_not-found',
  },
  'method-not-allowed': {
    status: 405,
    slug: 'method-not-allowed',
    title: 'HTTP Method Not Allowed.',
  },
  'invalid-kernel-status': {
    status: 409,
    slug: 'invalid-kernel-status',
    title: 'Invalid kernel status.',
    errorCode: 'kernel_generic_conflict',
  },
  'active-login-session': {
    status: 409,
    slug: 'active-login-session-exists',
    title: 'Too many concurrent login sessions for this user.',
    errorCode: 'user_auth_conflict',
  },
  'rate-limited': {
    status: 429,
    slug: 'rate-limit-exceeded',
    title: 'You have reached your API query rate limit.',
  },
  'agent-failure': {
    status: 500,
    slug: 'kernel-execution-failed',
    title: 'Executing user code in the kernel has failed.',
  },
  'internal-error': {
    status: 500,
    slug: 'internal-server-error',
    title: 'Internal server error.',
    errorCode: 'backendai_generic_internal-error',
  },
  'sshd-failed': {
    status: 500,
    slug: 'app-service-start-failed',
    title: 'Failed to start the application service.',
    errorCode: 'session_start_internal-error',
    message: 'Failed to launch the app service',
    more: { data: 'the process did not start properly: /opt/kernel/dropbearmulti' },
  },
  'bad-gateway': {
    status: 502,
    slug: 'bad-gateway',
    title: 'The proxy target server is inaccessible.',
  },
  'service-unavailable': {
    status: 503,
    slug: 'service-unavailable',
    title: 'Serivce unavailable.',
    errorCode: 'backendai_generic_unavailable',
  },
  frozen: {
    status: 503,
    slug: 'server-frozen',
    title: 'The server is frozen due to maintenance. Please try again later.',
  },
} as const satisfies Record<string, Template>;

export type ProblemName = keyof typeof templates;

/** Thrown by a handler, answered as problem+json. */
export class Problem extends Error {
  readonly problem: ProblemName;
  readonly more: Readonly<Record<string, unknown>>;

  /** `more` is merged into the body: `msg`, `data`, `agent-details`. */
  constructor(problem: ProblemName, more: Readonly<Record<string, unknown>> = {}) {
    super(problem);
    this.problem = problem;
    this.more = more;
  }
}

/** The answer that a manager of the release gives for a problem. */
export function problemAnswer(release: Release, { problem, more }: Problem): Answer {
  const template: Template = templates[problem];
  const silent = template.slug === 'auth-failed' && !release.detailed401;
  const renamed = problem === 'sshd-failed' && !release.detailed401;
  return {
    status: template.status,
    headers: { 'Content-Type': 'application/problem+json; charset=utf-8' },
    body: {
      type: probUri(renamed ? 'internal-server-error' : template.slug),
      title: template.title,
      ...(release.errorCodes && template.errorCode !== undefined
        ? { error_code: template.errorCode }
        : {}),
      ...(template.message === undefined || silent ? {} : { msg: template.message }),
      ...template.more,
      ...more,
    },
  };
}

/** An operation that failed inside the container: HTTP 500 with `agent-details`. */
export function agentProblem(exception: string): Problem {
  return new Problem('agent-failure', {
    'agent-details': {
      type: probUri('agent-failure'),
      title: 'Agent-side exception occurred.',
      exception,
    },
  });
}

/** The URI of a problem type. */
function probUri(slug: string): string {
  return `https://api.backend.ai/probs/${slug}`;
}
