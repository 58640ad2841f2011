import {
  createServer as createHttpServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { readRequest, type ApiRequest } from './api.js';
import type { ServerIdentity } from './certificate.js';
import { takeFault, type FaultAnswer } from './faults.js';
import { Problem, problemAnswer, type Answer } from './problems.js';
import { apiVersion } from './signature.js';
import { acceptTunnel, tunnelServer, type TunnelTarget } from './tunnel.js';
import type { World } from './world.js';

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

/** What is particular to the manager, the webserver, the AppProxy. */
export interface Gate {
  /** Answers a plain request; throws a `Problem`. */
  answer(message: IncomingMessage, request: ApiRequest): Promise<Answer> | Answer;
  /** Where a WebSocket leads; throws a `Problem`. */
  upgrade(message: IncomingMessage): TunnelTarget;
  /** What a client is told of a problem with an upgrade. */
  upgradeProblem(problem: Problem): Problem;
  /** Headers of every answer. */
  headers(): Readonly<Record<string, string>>;
  /** Longest WebSocket message from a client, in bytes. */
  readonly messageLimit: number;
  /** Whether a WebSocket's client hears that the container's side has ended. */
  readonly tellsEnds: boolean;
}

/** A way of giving no answer. */
type Silence = 'stall' | 'reset';

/** Makes an HTTP(S) server: faults, logging, bodies and upgrades around a gate. */
export function createFrontEnd(
  world: World,
  gate: Gate,
  log: (record: RequestRecord) => void,
  identity: ServerIdentity | null,
): Server {
  const webSockets = tunnelServer(gate.messageLimit);
  const record = (message: IncomingMessage, status: number): void => {
    log({
      kind: 'request',
      method: message.method ?? '',
      target: message.url ?? '',
      status,
      apiVersion: apiVersion(message.headers) ?? null,
    });
  };

  const onRequest = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const outcome = await decide(world, message, async () =>
      gate.answer(message, await readRequest(message, message.url ?? '/')),
    );
    record(message, typeof outcome === 'string' ? 0 : outcome.status);
    if (outcome === 'reset') message.socket.destroy();
    else if (outcome !== 'stall') send(response, withHeaders(outcome, gate.headers()));
  };
  const onUpgrade = async (
    message: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> => {
    // Until the WebSocket takes over, a client that goes away is no error of ours.
    const ignore = (): void => {
      socket.destroy();
    };
    socket.on('error', ignore);
    if (world.faults.upgradeDelay > 0) await delay(world.faults.upgradeDelay);
    const outcome = await decide(
      world,
      message,
      () => Promise.resolve(gate.upgrade(message)),
      (problem) => gate.upgradeProblem(problem),
    );
    if (typeof outcome === 'string') {
      record(message, 0);
      if (outcome === 'reset') socket.destroy();
    } else if ('sessionId' in outcome) {
      record(message, 101);
      socket.off('error', ignore);
      acceptTunnel(webSockets, { message, socket, head }, outcome, world, gate.tellsEnds);
    } else {
      record(message, outcome.status);
      sendRaw(socket, withHeaders(outcome, gate.headers()));
    }
  };

  const server =
    identity === null
      ? createHttpServer()
      : createHttpsServer({ key: identity.key, cert: identity.certificate });
  server.on('request', (message: IncomingMessage, response: ServerResponse) => {
    void onRequest(message, response);
  });
  server.on('upgrade', (message: IncomingMessage, socket: Duplex, head: Buffer) => {
    void onUpgrade(message, socket, head);
  });
  return server;
}

/** A planned fault, or else the outcome of the work, with problems turned into answers. */
async function decide<Outcome>(
  world: World,
  message: IncomingMessage,
  work: () => Promise<Outcome>,
  told: (problem: Problem) => Problem = (problem) => problem,
): Promise<Outcome | Answer | Silence> {
  const fault = takeFault(world.faults, message.url ?? '/');
  if (fault === 'stall' || fault === 'reset') return fault;
  if (fault === 'html') return htmlPage('Welcome', 'There is no manager here.');
  try {
    if (fault !== null) throw new Problem(fault satisfies Exclude<FaultAnswer, Silence | 'html'>);
    return await work();
  } catch (error) {
    const problem = error instanceof Problem ? error : new Problem('internal-error');
    return problemAnswer(world.release, told(problem));
  }
}

/** A page for browsers. */
export function htmlPage(title: string, text: string): Answer {
  return {
    status: 200,
    headers: { 'Content-Type': 'text/html; charset=utf-8' },
    body: Buffer.from(`<!doctype html><title>${title}</title><p>${text}</p>\n`),
  };
}

function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  return { ...answer, headers: { ...headers, ...answer.headers } };
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
  const start = `HTTP/1.1 ${String(answer.status)} ${reason}\r\n${lines.join('')}\r\n`;
  socket.end(Buffer.concat([Buffer.from(start), bytes]));
}
