import type { IncomingMessage } from 'node:http';
import { dispatch, ok, parseTarget, type Route } from './api.js';
import { fileRoutes } from './files-api.js';
import type { Gate } from './front-end.js';
import { keypairRoutes } from './keypair-api.js';
import { Problem } from './problems.js';
import { knowsApiVersion } from './releases.js';
import { serviceRoutes } from './services-api.js';
import { sessionRoutes } from './sessions-api.js';
import { apiVersion, verifySignature } from './signature.js';
import type { TunnelTarget } from './tunnel.js';
import { appsOf, clock, findStreamSession, rateLimit, type World } from './world.js';

/** Everything that the manager answers, by path. */
export const managerRoutes: readonly Route[] = [
  ...sessionRoutes,
  ...fileRoutes,
  ...keypairRoutes,
  ...serviceRoutes,
];

/** Longest message from a client (`max-wsmsg-size`). */
const messageLimit = 16 * 1024 * 1024;

/** The manager in API mode: every request is signed. */
export function managerGate(world: World): Gate {
  return {
    messageLimit,
    tellsEnds: true,
    answer: (message, request) => {
      if (request.method === 'GET' && request.path.join('/') === '') return ok(hello(world));
      if (request.path.join('/') !== 'auth/authorize') admit(world, message);
      return dispatch(managerRoutes, world, request);
    },
    upgrade: (message) => {
      admit(world, message);
      return tunnelTarget(world, message.url ?? '/');
    },
    upgradeProblem: (problem) => problem,
    headers: () => ({
      'X-RateLimit-Limit': String(rateLimit),
      'X-RateLimit-Remaining': String(world.remainingRequests),
      'X-RateLimit-Window': '900',
    }),
  };
}

/** What the manager says of itself to anybody. */
export function hello(world: World): { version: string; manager: string } {
  return { version: world.release.apiVersion, manager: world.release.manager };
}

/** Counts a request, or throws a Problem. */
export function countRequest(world: World): void {
  if (world.remainingRequests <= 0) throw new Problem('rate-limited');
  world.remainingRequests -= 1;
}

/** Lets a request in, or throws a Problem: version, signature, rate. */
function admit(world: World, message: IncomingMessage): void {
  const version = apiVersion(message.headers);
  if (version !== undefined && !knowsApiVersion(world.release, version)) {
    throw new Problem('unsupported-version');
  }
  const signed = { method: message.method ?? '', target: message.url ?? '' };
  verifySignature({ ...signed, headers: message.headers }, world, clock(world));
  countRequest(world);
}

/**
 * Where `/stream/session/{s}/tcpproxy?app=` leads.
 * @throws Problem
 */
export function tunnelTarget(world: World, target: string): TunnelTarget {
  const { path, query } = parseTarget(target);
  const [stream, kind, reference = '', proxy = ''] = path;
  const isProxy = proxy === 'tcpproxy' || proxy === 'httpproxy';
  if (stream !== 'stream' || kind !== 'session' || !isProxy || path.length !== 4) {
    throw new Problem('url-not-found', { data: `/${path.join('/')}` });
  }
  const appName = query.get('app') ?? query.get('service');
  if (appName === null) throw new Problem('invalid-parameters', { data: { app: 'is required' } });
  // Up to 26.2 the port had to be a JSON integer, which no query can hold.
  if (query.has('port') && !world.release.detailed401) {
    throw new Problem('invalid-parameters', { data: { port: "value can't be converted to int" } });
  }
  const session = findStreamSession(world, reference);
  const app = appsOf(session).find(({ name }) => name === appName);
  if (app === undefined) throw new Problem('no-such-app', { msg: `${session.name}:${appName}` });
  const to = session.target ?? { host: '127.0.0.1', port: app.hostPort };
  return { sessionId: session.id, host: to.host, port: session.refusing ? null : to.port };
}
