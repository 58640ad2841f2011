import { BaiError } from '../errors.js';
import { answerError } from './answer-error.js';
import { readGreeting, type Greeting } from './api-version.js';
import { Connection, type ConnectionOptions } from './connection.js';
import { parseEndpoint, type Endpoint } from './endpoint.js';
import { isRecord, parseJson } from './problem.js';
import type { HttpAnswer } from './transport.js';

/** What listens at an address that a person typed. */
export interface Site {
  /** A manager takes signed requests, a webserver takes logins. */
  readonly kind: 'manager' | 'webserver';
  /** Normalised address that answered. */
  readonly endpoint: string;
  readonly greeting: Greeting;
}

/** A greeting is under 100 bytes; the page of a web console is a few thousand. */
const MAX_ANSWER = 1024 * 1024;

/**
 * Finds out which kind of endpoint an address is (protocol section 1.1): a manager greets at `/`, a
 * webserver at `/func/`. A scheme may be missing; the address may be that of a page within the console
 * or of its plain-HTTP door that only redirects to HTTPS.
 * @throws BaiError `address-without-host`, `no-backendai-here`, and what the network, or a gateway before a
 *   manager that is down, says where nothing else answers
 */
export async function probe(address: string, options: ConnectionOptions = {}): Promise<Site> {
  const typed = address.trim();
  if (/^(?:https?:)?\/*$/iu.test(typed)) {
    throw new BaiError(
      'address-without-host',
      `the address "${typed}" names no computer`,
      'give the address that you open in the browser for Backend.AI, e.g. https://console.example.com',
    );
  }
  const full = withScheme(typed);
  // The manager's place within a webserver greets as a manager does, but takes no signatures.
  const first = parseEndpoint(full.replace(/[?#].*$/u, '').replace(/\/func\/*$/u, ''));
  try {
    return await probeAt(first, options);
  } catch (error) {
    throw full === typed ? error : perhapsPlain(error, first);
  }
}

async function probeAt(first: Endpoint, options: ConnectionOptions): Promise<Site> {
  const waiting: Endpoint[] = [first];
  // The console's pages have addresses of their own below the one that counts.
  if (first.prefix !== '') waiting.push(parseEndpoint(originOf(first)));
  const seen = new Set<string>();
  let failure: BaiError | undefined;
  let elsewhere: URL | undefined;
  for (let endpoint = waiting.shift(); endpoint !== undefined; endpoint = waiting.shift()) {
    if (seen.has(endpoint.url)) continue;
    seen.add(endpoint.url);
    const connection = new Connection(endpoint, options);
    for (const [kind, path] of [['manager', '/'] as const, ['webserver', '/func/'] as const]) {
      const found = await greetingAt(connection, path);
      if (found instanceof BaiError) failure ??= found;
      else if (!(found instanceof URL)) {
        if (found !== undefined) return { kind, endpoint: endpoint.url, greeting: found };
      } else if (isSafer(found, endpoint)) waiting.push(parseEndpoint(`https://${found.host}`));
      else if (isAnother(found, endpoint)) elsewhere ??= found;
    }
  }
  throw failure ?? nothingHere(first, elsewhere);
}

/** @param elsewhere where the server points, if it does */
function nothingHere({ url }: Endpoint, elsewhere: URL | undefined): BaiError {
  return new BaiError(
    'no-backendai-here',
    `${url} answers, but neither as a Backend.AI manager nor as its web console`,
    elsewhere === undefined
      ? 'give the address that you open in the browser for Backend.AI, or the API endpoint'
      : (options) =>
          `it points to ${elsewhere.origin}; if that is the site's address, type: bai-win login ${elsewhere.origin}${options}`,
  );
}

/** The greeting, or where the server points instead, or why a gateway has none, or nothing of use. */
async function greetingAt(
  connection: Connection,
  path: string,
): Promise<Greeting | URL | BaiError | undefined> {
  const { endpoint } = connection;
  const target = `${endpoint.prefix}${path}`;
  try {
    const answer = await connection.send('GET', target, {
      headers: { 'User-Agent': 'bai-win' },
      maxBytes: MAX_ANSWER,
    });
    if (isOfGateway(answer)) return gatewayError(answer, endpoint, target);
    const body = answer.status < 300 ? parseJson(answer.body) : undefined;
    const greets = isRecord(body) && typeof body['version'] === 'string';
    return greets ? readGreeting(body, endpoint.url) : undefined;
  } catch (error) {
    const code = error instanceof BaiError ? error.code : '';
    if (code === 'answer-too-large') return undefined;
    if (code !== 'redirected') throw error;
    const details: unknown = error instanceof BaiError ? error.details : undefined;
    const location = isRecord(details) ? details['location'] : undefined;
    const base = `${endpoint.url}/`;
    if (typeof location !== 'string' || !URL.canParse(location, base)) return undefined;
    return new URL(location, base);
  }
}

/** A webserver answers so where its manager is down, and a proxy where the webserver is. */
function isOfGateway({ status }: HttpAnswer): boolean {
  return status >= 502 && status <= 504;
}

function gatewayError(answer: HttpAnswer, endpoint: Endpoint, target: string): BaiError {
  const { url } = endpoint;
  const now = new Date();
  const asked = { endpoint: url, method: 'GET', target, mode: 'api', accessKey: '', now } as const;
  return answerError(answer, asked);
}

/** Browsers hide `http://`, so who types what they show means that, perhaps. */
function perhapsPlain(error: unknown, { host, port }: Endpoint): unknown {
  if (!(error instanceof BaiError) || port !== 443) return error;
  if (error.code !== 'connection-refused' && error.code !== 'connect-timeout') return error;
  return new BaiError(
    error.code,
    error.message,
    `if the browser calls that address "not secure", write it with http:// in front: http://${host}; else ${error.hint}`,
    { cause: error },
  );
}

/** Only from HTTP to HTTPS of the same host: another host might be anybody's. */
function isSafer(target: URL, endpoint: Endpoint): boolean {
  const host = target.hostname.replace(/^\[(.*)\]$/u, '$1');
  return !endpoint.secure && target.protocol === 'https:' && host === endpoint.hostname;
}

function isAnother({ protocol, host }: URL, endpoint: Endpoint): boolean {
  return /^https?:$/u.test(protocol) && host !== endpoint.host;
}

function originOf({ url, prefix }: Endpoint): string {
  return url.slice(0, url.length - prefix.length);
}

/** HTTPS, because a password may follow; this computer itself needs none. */
function withScheme(address: string): string {
  // What is wrong with the slashes is told where the address is read.
  if (/^(?:[a-z][a-z0-9+.-]*:\/\/|https?:)/iu.test(address)) return address;
  const local = /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?:[:/]|$)/iu.test(address);
  return `${local ? 'http' : 'https'}://${address}`;
}
