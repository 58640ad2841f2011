import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from './problems.js';

/** What of a request is signed. */
interface SignedRequest {
  readonly method: string;
  /** The target exactly as on the request line. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

/** Clocks may differ by this much. */
const clockTolerance = 15 * 60 * 1000;

/** The body is not signed since v4.20181215; its place holds the hash of nothing. */
const emptyBodyHash = createHash('sha256').digest('hex');

/**
 * Checks the HMAC signature of a request as the manager does, in its order: date, credential,
 * key, signature.
 * @param now the server's clock, in milliseconds
 * @throws Problem `clock-skew`, `bad-authorization`, `no-authorization`, `unknown-access-key`,
 *   `wrong-signature`
 */
export function verifySignature(
  request: SignedRequest,
  credential: { readonly accessKey: string; readonly secretKey: string },
  now: number,
): void {
  const { headers } = request;
  const authorization = headers.authorization;
  if (authorization === undefined) throw new Problem('no-authorization');

  const date = single(headers.date ?? headers['x-backendai-date'] ?? headers['x-sorna-date']);
  const time = parseDate(date);
  if (time === null || Math.abs(now - time.milliseconds) > clockTolerance) {
    throw new Problem('clock-skew');
  }

  const parsed =
    /^(?:BackendAI|Sorna)\s+signMethod=HMAC-SHA256\s*,\s*credential=([^:,\s]+):([0-9a-f]+)\s*$/.exec(
      authorization,
    );
  const version = apiVersion(headers);
  if (parsed === null || version === undefined) throw new Problem('bad-authorization');
  if (parsed[1] !== credential.accessKey) throw new Problem('unknown-access-key');

  const host = headers.host ?? '';
  const contentType =
    (headers['content-type'] ?? 'application/octet-stream').split(';', 1)[0] ?? '';
  const text = [
    request.method.toUpperCase(),
    request.target,
    date,
    `host:${host}`,
    `content-type:${contentType.trim().toLowerCase()}`,
    `x-backendai-version:${version}`,
    emptyBodyHash,
  ].join('\n');
  const dayKey = hmac(credential.secretKey, time.day);
  const expected = hmac(hmac(dayKey, host), text);
  const given = Buffer.from(parsed[2] ?? '', 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new Problem('wrong-signature');
  }
}

/** The API version that a request names. */
export function apiVersion(headers: IncomingHttpHeaders): string | undefined {
  return single(headers['x-backendai-version'] ?? headers['x-sorna-version']);
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}

/**
 * The moment and the calendar day (`YYYYMMDD`, in the zone it is written in) of a date header: ISO
 * 8601 in its long and its short form, or RFC 9110. A date without a zone is taken as UTC.
 */
function parseDate(text: string | undefined): { milliseconds: number; day: string } | null {
  if (text === undefined) return null;
  const iso =
    /^(\d{4})-?(\d\d)-?(\d\d)[T ](\d\d):?(\d\d):?(\d\d)(?:[.,](\d+))?\s*(Z|[+-]\d\d:?\d\d)?$/i.exec(
      text,
    );
  if (iso !== null) {
    const [, year = '', month = '', day = '', hour = '', minute = '', second = ''] = iso;
    const fraction = (iso[7] ?? '').slice(0, 3).padEnd(3, '0');
    const zone = (iso[8] ?? 'Z').toUpperCase().replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
    const milliseconds = Date.parse(
      `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction}${zone}`,
    );
    return Number.isNaN(milliseconds) ? null : { milliseconds, day: `${year}${month}${day}` };
  }
  // RFC 9110: always GMT.
  if (!/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(text)) return null;
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds)) return null;
  return {
    milliseconds,
    day: new Date(milliseconds).toISOString().slice(0, 10).replaceAll('-', ''),
  };
}
