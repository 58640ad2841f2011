import type { IncomingMessage } from 'node:http';
import { dispatch, jsonBody, matches, ok, parseTarget, type ApiRequest } from './api.js';
import { htmlPage, type Gate } from './front-end.js';
import { decodeBody, loginLifetime } from './login.js';
import { countRequest, hello, managerRoutes, tunnelTarget } from './manager.js';
import { Problem, problemAnswer, type Answer, type ProblemName } from './problems.js';
import { clock, type World } from './world.js';

/** Longest WebSocket message that the webserver takes from a client: aiohttp's default. */
const messageLimit = 4 * 1024 * 1024;

/** The webserver: people log in, and `/func` leads to the manager with their access key. */
export function webserverGate(world: World): Gate {
  const scheme = world.secure ? 'https' : 'http';
  return {
    messageLimit,
    // Its proxy of WebSockets leaves the client's side open when the manager's has closed.
    tellsEnds: false,
    answer: (message, request) => {
      const [first = '', ...rest] = request.path;
      if (first === 'func') {
        if (rest.join('') === '' && request.method === 'GET') return ok(hello(world));
        if (openLogin(world, message) === null) throw new Problem('not-logged-in');
        countRequest(world);
        return dispatch(managerRoutes, world, { ...request, path: rest });
      }
      if (first === 'server' && request.method === 'POST') {
        const origin = `${scheme}://${message.headers.host ?? ''}`;
        return serverPath(world, message, request, origin);
      }
      if (matches('/config.toml', request.path)) return configFile(world);
      if (request.method === 'GET') return htmlPage('Backend.AI', 'The console would be here.');
      throw new Problem('url-not-found', { data: `/${request.path.join('/')}` });
    },
    upgrade: (message) => {
      if (openLogin(world, message) === null) throw new Problem('not-logged-in');
      const target = message.url ?? '/';
      if (parseTarget(target).path[0] !== 'func') throw new Problem('url-not-found');
      countRequest(world);
      return tunnelTarget(world, target.slice('/func'.length));
    },
    // What the manager said is lost: a failed handshake is an error of the gateway.
    upgradeProblem: (problem) =>
      problem.problem === 'not-logged-in' ? problem : new Problem('bad-gateway'),
    headers: () => ({}),
  };
}

function serverPath(
  world: World,
  message: IncomingMessage,
  request: ApiRequest,
  origin: string,
): Answer {
  const { login, release } = world;
  const open = openLogin(world, message);
  switch (request.path.slice(1).join('/')) {
    case 'login': {
      const encoded = message.headers['x-backendai-encoded'] === 'true';
      const body = encoded ? decodeBody(request.body, origin) : jsonBody(request);
      return logIn(world, body, open);
    }
    case 'token-login': {
      if (jsonBody(request)['sToken'] !== login.sToken) return failure(world, 'wrong-password');
      return welcome(world, login.open(true) ?? '');
    }
    case 'login-check':
      return ok({
        authenticated: open !== null,
        data: open === null ? null : loginData(world),
        session_id: open,
      });
    case 'logout':
      if (open !== null) login.close(open);
      return { status: 200, headers: { 'Set-Cookie': cookie('', 0) }, body: Buffer.alloc(0) };
    case 'extend-login-session': {
      if (!release.extendsLogins) break;
      if (open === null) throw new Problem('not-logged-in');
      const expires = new Date(clock(world) + loginLifetime * 1000).toISOString();
      return ok({ status: 201, expires: expires.replace(/\.\d+Z$/, '+00:00') });
    }
    default:
  }
  throw new Problem('url-not-found', { data: `/${request.path.join('/')}` });
}

function logIn(world: World, body: Record<string, unknown>, open: string | null): Answer {
  const { login, release } = world;
  if (open !== null) throw new Problem('already-logged-in');
  const { username, password, otp, force } = body;
  if (typeof username !== 'string' || username === '') throw new Problem('no-username');
  if (typeof password !== 'string' || password === '') throw new Problem('no-password');
  if (login.blocked) throw new Problem('too-many-logins');
  const refused = login.check({ username, password, otp });
  if (refused !== null) return failure(world, refused);
  const id = login.open(force === true || !release.loginStatus);
  return id === null ? failure(world, 'active-login-session') : welcome(world, id);
}

function welcome(world: World, id: string): Answer {
  return {
    status: 200,
    headers: { 'Set-Cookie': cookie(id, loginLifetime), 'X-BackendAI-SessionID': id },
    body: { authenticated: true, data: loginData(world) },
  };
}

function loginData(world: World): object {
  return { access_key: world.accessKey, role: world.role, status: 'active' };
}

function cookie(id: string, maxAge: number): string {
  return `AIOHTTP_SESSION=${id}; HttpOnly; Max-Age=${String(maxAge)}; Path=/`;
}

/** The details that the manager gives with the failures of a login. */
const details: Partial<Record<ProblemName, string>> = {
  'wrong-password': 'User credential mismatch.',
  'wrong-otp': 'Invalid OTP',
  'rejected-by-hook': 'OTP not provided',
  'otp-required': 'You must authenticate using Two-Factor Authentication.',
  'otp-registration': 'You must register Two-Factor Authentication.',
};

/**
 * A login that the manager refused. Up to 26.3 the status is 200, later the manager's own; a second
 * factor that is asked for is always 200.
 */
function failure(world: World, problem: ProblemName): Answer {
  const answer = problemAnswer(world.release, new Problem(problem));
  const body = answer.body as { readonly type: string; readonly title: string };
  const asksOtp = ['otp-required', 'otp-registration', 'rejected-by-hook'].includes(problem);
  const registration = problem === 'otp-registration';
  return {
    status: asksOtp || !world.release.loginStatus ? 200 : answer.status,
    body: {
      authenticated: false,
      data: {
        type: body.type,
        title: body.title,
        details: details[problem] ?? null,
        ...(registration ? { two_factor_registration_token: world.userId } : {}),
      },
    },
  };
}

/** The id of the login that a request belongs to: the header is preferred to the cookie. */
function openLogin(world: World, message: IncomingMessage): string | null {
  const header = message.headers['x-backendai-sessionid'];
  const named = typeof header === 'string' && header !== '' ? header : null;
  const id =
    named ?? /(?:^|;\s*)AIOHTTP_SESSION="?([^";]*)/.exec(message.headers.cookie ?? '')?.[1] ?? null;
  return world.login.isOpen(id) ? id : null;
}

function configFile(world: World): Answer {
  const allow = String(world.appProxy !== null);
  return {
    status: 200,
    headers: { 'Content-Type': 'text/plain; charset=utf-8' },
    body: Buffer.from(
      `[general]\napiEndpoint = ""\nconnectionMode = "SESSION"\n\n` +
        `[resources]\nallowNonAuthTCP = ${allow}\nallowPreferredPort = true\n`,
    ),
  };
}
