import type { IncomingMessage } from 'node:http';
import { Problem, type Answer } from './problems.js';
import type { World } from './world.js';

/** A request that has been let in. */
export interface ApiRequest {
  readonly method: string;
  /** Decoded segments of the path: `['session', 'demo', 'files']`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Buffer;
}

/** Answers a request that has been let in, or throws a `Problem`. */
export type Handler = (world: World, request: ApiRequest) => Promise<Answer> | Answer;

/** A path with `*` for any one segment, and its handlers by method. */
export type Route = readonly [pattern: string, handlers: Readonly<Record<string, Handler>>];

/** Bodies above this are no requests of ours; aiohttp's own default for JSON is 1 MiB. */
const maxBody = 1024 * 1024;

/** Reads a request whose target is known to start with a slash. */
export async function readRequest(message: IncomingMessage, target: string): Promise<ApiRequest> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBody) throw new Problem('bad-request', { msg: 'Request Entity Too Large' });
    chunks.push(chunk);
  }
  return { method: message.method ?? 'GET', ...parseTarget(target), body: Buffer.concat(chunks) };
}

/** Splits a target into path and query. */
export function parseTarget(target: string): Pick<ApiRequest, 'path' | 'query'> {
  const [pathname = '', ...rest] = target.split('?');
  try {
    const path = pathname.split('/').slice(1).map(decodeURIComponent);
    return { path, query: new URLSearchParams(rest.join('?')) };
  } catch {
    throw new Problem('bad-request');
  }
}

/** The JSON object of a body; an empty body is an empty object. */
export function jsonBody(request: ApiRequest): Record<string, unknown> {
  if (request.body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(request.body.toString('utf8'));
    if (isRecord(value)) return value;
  } catch {
    // Said below.
  }
  throw new Problem('invalid-parameters', { msg: 'Malformed body' });
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A 200 with a JSON body. */
export function ok(body: object): Answer {
  return { status: 200, body };
}

/** Whether a path matches a pattern like `/session/{any}/files`. */
export function matches(pattern: string, path: readonly string[]): boolean {
  const segments = pattern.split('/').slice(1);
  return (
    segments.length === path.length &&
    segments.every((segment, index) => segment === '*' || segment === path[index])
  );
}

/**
 * Answers a request by a table of routes.
 * @throws Problem `url-not-found`, `method-not-allowed`, and what the handler throws
 */
export async function dispatch(
  routes: readonly Route[],
  world: World,
  request: ApiRequest,
): Promise<Answer> {
  const route = routes.find(([pattern]) => matches(pattern, request.path));
  if (route === undefined) {
    throw new Problem('url-not-found', { data: `/${request.path.join('/')}` });
  }
  const handler = route[1][request.method];
  if (handler === undefined) throw new Problem('method-not-allowed');
  return handler(world, request);
}
