import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { dispatch, ok, parseTarget, readRequest, type Route } from './api.js';
import { takeFault, type FaultAnswer } from './faults.js';
import { fileRoutes } from './files-api.js';
import { Problem, problemAnswer, type Answer } from './problems.js';
import { knowsApiVersion } from './releases.js';
import { sessionRoutes } from './sessions-api.js';
import { apiVersion, verifySignature } from './signature.js';
import { acceptTunnel, managerMessageLimit, tunnelServer, type TunnelTarget } from './tunnel.js';
import { appsOf, clock, findStreamSession, rateLimit, type World } from './world.js';

/** One request as the log shows it. Holds no secret. */
export interface RequestRecord {
  readonly kind: 'request';
  readonly method: string;
  /** Path and query as on the request line. */
  readonly target: string;
  /** 101 for an accepted WebSocket; 0 where the demo gave no answer. */
  readonly status: number;
  readonly apiVersion: string | null;
}

const routes: readonly Route[] = [...sessionRoutes, ...fileRoutes];

/** Makes the HTTP server of the manager in API mode. */
export function createManager(world: World, log: (record: RequestRecord) => void): Server {
  const webSockets = tunnelServer(managerMessageLimit);
  const record = (message: IncomingMessage, status: number): void => {
    log({
      kind: 'request',
      method: message.method ?? '',
      target: message.url ?? '',
      status,
      apiVersion: apiVersion(message.headers) ?? null,
    });
  };

  const server = createServer((message, response) => {
    void answerRequest(world, message).then((answer) => {
      record(message, typeof answer === 'string' ? 0 : answer.status);
      if (answer === 'reset') message.socket.destroy();
      else if (answer !== 'stall') send(response, withRateLimit(world, answer));
    });
  });
  server.on('upgrade', (message, socket, head) => {
    // Until the WebSocket takes over, a client that goes away is no error of ours.
    const ignore = (): void => {
      socket.destroy();
    };
    socket.on('error', ignore);
    void upgrade(world, message).then((outcome) => {
      if (outcome === 'stall' || outcome === 'reset') {
        record(message, 0);
        if (outcome === 'reset') socket.destroy();
      } else if ('sessionId' in outcome) {
        record(message, 101);
        socket.off('error', ignore);
        acceptTunnel(webSockets, { message, socket, head }, outcome, world);
      } else {
        record(message, outcome.status);
        sendRaw(socket, withRateLimit(world, outcome));
      }
    });
  });
  return server;
}

/** The answer to a plain request, or the way in which there is none. */
async function answerRequest(
  world: World,
  message: IncomingMessage,
): Promise<Answer | 'stall' | 'reset'> {
  const target = message.url ?? '/';
  const fault = takeFault(world.faults, target);
  if (fault === 'stall' || fault === 'reset') return fault;
  try {
    if (fault !== null) return faultAnswer(world, fault);
    const request = await readRequest(message, target);
    if (request.method === 'GET' && request.path.join('/') === '') return ok(hello(world));
    admit(world, message);
    return await dispatch(routes, world, request);
  } catch (error) {
    if (error instanceof Problem) return problemAnswer(world.release, error);
    return problemAnswer(world.release, new Problem('internal-error'));
  }
}

/** What the manager says of itself to anybody. */
export function hello(world: World): { version: string; manager: string } {
  return { version: world.release.apiVersion, manager: world.release.manager };
}

/** Lets a request in, or throws a Problem: version, signature, rate. */
function admit(world: World, message: IncomingMessage): void {
  const version = apiVersion(message.headers);
  if (version !== undefined && !knowsApiVersion(world.release, version)) {
    throw new Problem('unsupported-version');
  }
  const signed = { method: message.method ?? '', target: message.url ?? '' };
  verifySignature({ ...signed, headers: message.headers }, world, clock(world));
  if (world.remainingRequests <= 0) throw new Problem('rate-limited');
  world.remainingRequests -= 1;
}

function faultAnswer(world: World, fault: Exclude<FaultAnswer, 'stall' | 'reset'>): Answer {
  if (fault !== 'html') return problemAnswer(world.release, new Problem(fault));
  return {
    status: 200,
    headers: { 'Content-Type': 'text/html; charset=utf-8' },
    body: Buffer.from('<!doctype html><title>Welcome</title><p>This is not a manager.</p>\n'),
  };
}

/** Decides on an upgrade: where the tunnel leads, an answer, or the way in which there is none. */
async function upgrade(
  world: World,
  message: IncomingMessage,
): Promise<TunnelTarget | Answer | 'stall' | 'reset'> {
  const target = message.url ?? '/';
  if (world.faults.upgradeDelay > 0) await delay(world.faults.upgradeDelay);
  const fault = takeFault(world.faults, target);
  if (fault === 'stall' || fault === 'reset') return fault;
  try {
    if (fault !== null) return faultAnswer(world, fault);
    admit(world, message);
    return tunnelTarget(world, target);
  } catch (error) {
    if (error instanceof Problem) return problemAnswer(world.release, error);
    return problemAnswer(world.release, new Problem('internal-error'));
  }
}

/**
 * Where `/stream/session/{s}/tcpproxy?app=` leads.
 * @throws Problem
 */
function tunnelTarget(world: World, target: string): TunnelTarget {
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

function withRateLimit(world: World, answer: Answer): Answer {
  return {
    ...answer,
    headers: {
      ...answer.headers,
      'X-RateLimit-Limit': String(rateLimit),
      'X-RateLimit-Remaining': String(world.remainingRequests),
      'X-RateLimit-Window': '900',
    },
  };
}

/** The bytes and the headers of an answer. */
function encode({ body, headers }: Answer): { bytes: Buffer; headers: Record<string, string> } {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  return {
    bytes,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      ...headers,
      'Content-Length': String(bytes.length),
      Server: 'BackendAI',
    },
  };
}

function send(response: ServerResponse, answer: Answer): void {
  const { bytes, headers } = encode(answer);
  response.writeHead(answer.status, headers).end(bytes);
}

/** Answers an upgrade that was not accepted. */
function sendRaw(socket: Duplex, answer: Answer): void {
  const { bytes, headers } = encode(answer);
  const lines = Object.entries({ ...headers, Connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const reason = STATUS_CODES[answer.status] ?? '';
  socket.end(
    Buffer.concat([
      Buffer.from(`HTTP/1.1 ${String(answer.status)} ${reason}\r\n${lines.join('')}\r\n`),
      bytes,
    ]),
  );
}
