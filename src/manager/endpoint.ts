import { BaiError } from '../errors.js';

/** The address of a manager or webserver, taken apart once. */
export interface Endpoint {
  /** Normalised: scheme, host, port unless it is the scheme's own, prefix; no trailing slash. */
  readonly url: string;
  readonly secure: boolean;
  /** For connecting: an IPv6 address stands without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** The Host header, which is also what gets signed: brackets kept, default port dropped. */
  readonly host: string;
  /** Path prefix that comes before every path, e.g. `/backend`, or empty. */
  readonly prefix: string;
}

/**
 * Takes an endpoint as people type it apart. A path prefix is kept and becomes part of every request
 * target; default ports are dropped as Node and the WebSocket library do, since the Host header is
 * signed (protocol section 1.3).
 * @throws BaiError `endpoint-slashes`, `endpoint-invalid`, `endpoint-port-invalid`, `endpoint-has-password`,
 *   `endpoint-has-query`
 */
export function parseEndpoint(text: string): Endpoint {
  const trimmed = text.trim();
  refuseBadSlashes(trimmed);
  refuseBadPort(trimmed);
  if (!/^https?:\/\//iu.test(trimmed) || !URL.canParse(trimmed)) {
    const guess = withoutUserInfo(trimmed.replace(/^[a-z]*:?\/\//iu, ''));
    const example = URL.canParse(`https://${guess}`) ? guess : 'api.example.com';
    throw new BaiError(
      'endpoint-invalid',
      `the endpoint "${withoutUserInfo(trimmed)}" is not a web address`,
      `write it with http:// or https:// in front, e.g. https://${example}`,
    );
  }
  const url = new URL(trimmed);
  if (url.username !== '' || url.password !== '') {
    throw new BaiError(
      'endpoint-has-password',
      `the endpoint at ${url.host} has a user name or password inside the address`,
      'leave them out of the address; bai-win login asks for keys and keeps them private',
    );
  }
  if (url.search !== '' || url.hash !== '') {
    throw new BaiError(
      'endpoint-has-query',
      `the endpoint ${url.origin}${url.pathname} is followed by "${url.search === '' ? '#' : '?'}"`,
      `give the address alone, e.g. ${url.origin}`,
    );
  }
  const secure = url.protocol === 'https:';
  const prefix = url.pathname.replace(/\/+$/u, '');
  return {
    url: url.origin + prefix,
    secure,
    hostname: url.hostname.replace(/^\[(.*)\]$/u, '$1'),
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    host: url.host,
    prefix,
  };
}

/**
 * The first of several endpoints, as `BACKEND_ENDPOINT` may name them with commas between: the one that
 * stands for the site.
 * @throws BaiError as `parseEndpoint`
 */
export function parseFirstEndpoint(list: string): Endpoint {
  return parseEndpoint(list.split(',', 1)[0] ?? '');
}

/** Says so where an address has one slash after its scheme, none, or those of Windows. */
function refuseBadSlashes(text: string): void {
  const [, scheme, rest] = /^(https?):(?!\/\/)[/\\]*([^/\\].*)$/isu.exec(text) ?? [];
  if (scheme === undefined || rest === undefined) return;
  throw new BaiError(
    'endpoint-slashes',
    `the endpoint "${withoutUserInfo(text)}" lacks the two slashes after ${scheme}:`,
    `write it as ${scheme}://${withoutUserInfo(rest)}`,
  );
}

/** Says so where nothing but the port keeps a text from being an address. */
function refuseBadPort(text: string): void {
  const [, before, port, after] = /^(https?:\/\/[^/?#]+):([^/?#:@\]]+)(.*)$/isu.exec(text) ?? [];
  if (before === undefined || port === undefined || after === undefined) return;
  if (URL.canParse(text) || !URL.canParse(before + after)) return;
  const address = withoutUserInfo(before + after);
  throw new BaiError(
    'endpoint-port-invalid',
    `"${port}", behind the colon of the endpoint ${address}, is not a port`,
    `write a number from 1 to 65535, or leave it out: ${address}`,
  );
}

function withoutUserInfo(text: string): string {
  return text.replace(/[^/]*@/gu, '');
}
