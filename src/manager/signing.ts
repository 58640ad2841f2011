import { createHmac } from 'node:crypto';

/** Everything that goes into a signature, in the exact bytes that are sent. */
interface SignedParts {
  /** Any case; signed in upper case. */
  readonly method: string;
  /** The request target as on the request line: prefix, path, `?` and raw query. */
  readonly target: string;
  /** Value of the Date header; begins with the UTC calendar date, `2026-01-02…` or `20260102…`. */
  readonly date: string;
  /** Value of the Host header. */
  readonly host: string;
  /** Media type; parameters such as a charset or boundary are not signed. */
  readonly contentType: string;
  /** Value of X-BackendAI-Version. */
  readonly apiVersion: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/**
 * SHA-256 of zero bytes. Since API v4.20181215 the last line of the string to sign is this constant
 * for every request, whatever its body (protocol section 1.3).
 */
const EMPTY_BODY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/**
 * The Authorization header of a request to the manager (protocol section 1.3, vectors V1–V4 in 1.4).
 * @throws RangeError where `date` does not begin with a calendar date
 */
export function authorization(parts: SignedParts): string {
  const day = /^(\d{4})-?(\d{2})-?(\d{2})/u.exec(parts.date);
  if (day === null) throw new RangeError('the date to sign must begin with YYYYMMDD');
  const mediaType = (parts.contentType.split(';')[0] ?? '').trim().toLowerCase();
  const stringToSign = [
    parts.method.toUpperCase(),
    parts.target,
    parts.date,
    `host:${parts.host}`,
    `content-type:${mediaType}`,
    `x-backendai-version:${parts.apiVersion}`,
    EMPTY_BODY_SHA256,
  ].join('\n');
  const key = signingKey(parts.secretKey, day.slice(1).join(''), parts.host);
  const signature = hmac(key, stringToSign).toString('hex');
  return `BackendAI signMethod=HMAC-SHA256, credential=${parts.accessKey}:${signature}`;
}

let latest: { secretKey: string; day: string; host: string; key: Buffer } | undefined;

/** The key of one day and host. The latest is kept: making it is two thirds of the work of signing. */
function signingKey(secretKey: string, day: string, host: string): Buffer {
  if (latest?.secretKey !== secretKey || latest.day !== day || latest.host !== host) {
    latest = { secretKey, day, host, key: hmac(hmac(secretKey, day), host) };
  }
  return latest.key;
}

function hmac(key: string | Buffer, message: string): Buffer {
  return createHmac('sha256', key).update(message, 'utf8').digest();
}
