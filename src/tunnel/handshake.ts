import { createHash, randomFillSync } from 'node:crypto';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { UpgradeRequest } from './upgrade.js';

/** As much of an answer as is read, in bytes; Node's own limit for headers is the same. */
const MAX_ANSWER = 16 * 1024;

/** Bytes of the nonce in a Sec-WebSocket-Key (RFC 6455, section 4.1). */
const NONCE = 16;

/** Keys are drawn from the system in batches: asking it takes longer than all else here. */
const nonces = Buffer.alloc(64 * NONCE);
let used = nonces.length;

/** A new Sec-WebSocket-Key (RFC 6455, section 4.1). */
export function newKey(): string {
  if (used === nonces.length) {
    randomFillSync(nonces);
    used = 0;
  }
  used += NONCE;
  return nonces.toString('base64', used - NONCE, used);
}

/** The Sec-WebSocket-Accept that proves a server of WebSockets (RFC 6455, section 4.2.2). */
function acceptFor(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

/**
 * The upgrade request (RFC 6455, section 4.1). No extension is offered: SSH does not compress, and the
 * manager would compress if it were asked to.
 * @throws TypeError where a header is not one
 */
export function upgradeRequest({ server, target, headers }: UpgradeRequest, key: string): string {
  let text =
    `GET ${target} HTTP/1.1\r\nHost: ${server.host}\r\nConnection: Upgrade\r\n` +
    `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    text += `${name}: ${value}\r\n`;
  }
  return `${text}\r\n`;
}

/** What a server said to an upgrade request. */
export type Answer =
  | { readonly kind: 'open'; readonly rest: Buffer }
  | { readonly kind: 'refused'; readonly status: number; readonly body: string }
  | { readonly kind: 'broken'; readonly found: string };

interface Head {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** Bytes of the head, with the empty line. */
  readonly size: number;
}

/** Reads the answer to an upgrade request out of a stream cut anywhere. */
export class AnswerReader {
  readonly #key: string;
  #accept: string | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  #refused = false;

  /** @param key as sent in the request */
  constructor(key: string) {
    this.#key = key;
  }

  /** Works out what the answer has to prove. While it is under way, that takes nobody's time. */
  expect(): void {
    this.#accept ??= acceptFor(this.#key);
  }

  /** Whether nothing has come yet. */
  get silent(): boolean {
    return this.#bytes.length === 0;
  }

  /** Whether the answer is known to be a refusal, of which only the words may be missing. */
  get refused(): boolean {
    return this.#refused;
  }

  /** Takes the next bytes; returns the answer once it is known. They are copied. */
  push(bytes: Uint8Array): Answer | null {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    return this.#read(false);
  }

  /** The answer as far as it is known when no more will come. */
  end(): Answer {
    return this.#read(true) ?? { kind: 'broken', found: this.#bytes.toString('latin1') };
  }

  #read(ended: boolean): Answer | null {
    const text = this.#bytes.toString('latin1', 0, MAX_ANSWER);
    // Whatever begins otherwise (an SSH banner, TLS) will not become an answer by waiting.
    if (!'HTTP/1.'.startsWith(text.slice(0, 7))) return { kind: 'broken', found: text };
    const head = parseHead(text);
    if (head === null) {
      const open = this.#bytes.length < MAX_ANSWER && !text.includes('\r\n\r\n');
      if (open && !ended) return null;
      return { kind: 'broken', found: text };
    }
    if (head.status === 101) {
      const found = this.#faultOf(head);
      return found === null
        ? { kind: 'open', rest: this.#bytes.subarray(head.size) }
        : { kind: 'broken', found };
    }
    if (head.status < 200) {
      this.#bytes = this.#bytes.subarray(head.size);
      return this.#read(ended);
    }
    this.#refused = true;
    const { body, complete } = readBody(head, this.#bytes.subarray(head.size));
    if (!complete && !ended && this.#bytes.length < MAX_ANSWER) return null;
    return { kind: 'refused', status: head.status, body: body.toString() };
  }

  /** What is wrong with a 101 (RFC 6455, section 4.1), or `null`. */
  #faultOf({ headers }: Head): string | null {
    if (headers.get('upgrade')?.toLowerCase() !== 'websocket') return 'no Upgrade: websocket';
    const connection =
      headers
        .get('connection')
        ?.toLowerCase()
        .split(/\s*,\s*/) ?? [];
    if (!connection.includes('upgrade')) return 'no Connection: Upgrade';
    this.expect();
    if (headers.get('sec-websocket-accept') !== this.#accept) return 'a wrong Sec-WebSocket-Accept';
    for (const name of ['sec-websocket-extensions', 'sec-websocket-protocol']) {
      if (headers.has(name)) return `${name}, which was not asked for`;
    }
    return null;
  }
}

/** The status and headers of an answer; `null` while the empty line has not come. */
function parseHead(text: string): Head | null {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const status = /^HTTP\/1\.[01] ([1-9]\d\d)(?: |$)/.exec(statusLine)?.[1];
  if (status === undefined) return null;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(status), headers, size: end + 4 };
}

/** The body of a refusal as far as it is there (RFC 9112, section 6.3); 204 and 304 have none. */
function readBody({ status, headers }: Head, bytes: Buffer): { body: Buffer; complete: boolean } {
  if (status === 204 || status === 304) return { body: Buffer.alloc(0), complete: true };
  if (headers.get('transfer-encoding')?.toLowerCase() === 'chunked') return readChunks(bytes);
  const length = Number(headers.get('content-length') ?? Infinity);
  return { body: bytes.subarray(0, length), complete: bytes.length >= length };
}

/** Undoes the chunked coding (RFC 9112, section 7.1). */
function readChunks(bytes: Buffer): { body: Buffer; complete: boolean } {
  const chunks: Buffer[] = [];
  for (let at = 0; ;) {
    const end = bytes.indexOf('\r\n', at);
    const size = end < 0 ? NaN : Number.parseInt(bytes.toString('latin1', at, end), 16);
    if (!(size > 0)) return { body: Buffer.concat(chunks), complete: size === 0 };
    chunks.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}
