import { BaiError } from '../errors.js';
import type { Endpoint } from './endpoint.js';

/** The parts of one exchange that have a time-out of their own. */
export type Phase = 'connect' | 'answer' | 'body';

/** Failures before any answer came: with several endpoints, reasons to try the next one. */
export const UNREACHABLE: ReadonlySet<string> = new Set([
  'connection-refused',
  'host-not-found',
  'network-unreachable',
  'connect-timeout',
  'connection-lost',
]);

/** The error of a phase that took longer than `milliseconds`. */
export function timeoutError(phase: Phase, endpoint: Endpoint, milliseconds: number): BaiError {
  const seconds = String(Math.round(milliseconds / 100) / 10);
  switch (phase) {
    case 'connect':
      return new BaiError(
        'connect-timeout',
        `no connection to ${endpoint.url} within ${seconds} s`,
        'check the address and that this network (VPN, firewall, proxy) reaches it, then try again',
      );
    case 'answer':
      return new BaiError(
        'answer-timeout',
        `${endpoint.url} took the connection but gave no answer within ${seconds} s`,
        'the manager may be overloaded; try again in a minute',
      );
    case 'body':
      return new BaiError(
        'transfer-timeout',
        `the answer from ${endpoint.url} stopped half-way for ${seconds} s`,
        'the network may be unstable; try again',
      );
  }
}

/** Turns what Node says about a failed connection into the error that a person sees. */
export function networkError(cause: unknown, endpoint: Endpoint): BaiError {
  if (cause instanceof BaiError) return cause;
  const { url, hostname, port } = endpoint;
  const code = errorCode(cause);
  const fail = (name: string, message: string, hint: string): BaiError =>
    new BaiError(name, message, hint, { cause });
  switch (code) {
    case 'ECONNREFUSED':
      return fail(
        'connection-refused',
        `nothing listens at ${url} (port ${port} refused the connection)`,
        'check the address and the port, and that the manager is running',
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
    case 'EAI_NONAME':
      return fail(
        'host-not-found',
        `the name ${hostname} cannot be looked up (${code})`,
        'check the spelling of the endpoint and the network connection (a VPN may be needed)',
      );
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'ENETDOWN':
    case 'EADDRNOTAVAIL':
      return fail(
        'network-unreachable',
        `no route to ${url} from this network (${code})`,
        'check the network connection; a VPN may be needed',
      );
    case 'ETIMEDOUT':
      return fail(
        'connect-timeout',
        `the operating system gave up connecting to ${url}`,
        'check the address and that this network (VPN, firewall, proxy) reaches it, then try again',
      );
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ECONNABORTED':
      return fail(
        'connection-lost',
        `${url} closed the connection before the answer was complete`,
        'try again; if it stays so, a proxy or firewall in between may be cutting it',
      );
    default:
      return code.startsWith('HPE_')
        ? fail(
            'not-http',
            `what listens at ${url} does not speak HTTP`,
            endpoint.secure ? 'check the port' : `check the port, or try https://${endpoint.host}`,
          )
        : (tlsError(cause, code, endpoint) ??
            fail(
              'network-failure',
              `talking to ${url} failed: ${errorText(cause)}`,
              'check the network connection and try again',
            ));
  }
}

/** Codes of OpenSSL for a certificate whose issuer is not known here (verify(1), DIAGNOSTICS). */
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
  // An authority of a known name, but with another key.
  'CERT_SIGNATURE_FAILURE',
]);

function tlsError(cause: unknown, code: string, endpoint: Endpoint): BaiError | undefined {
  const { url, hostname } = endpoint;
  const fail = (name: string, message: string, hint: string): BaiError =>
    new BaiError(name, message, hint, { cause });
  if (UNTRUSTED.has(code)) {
    return fail(
      'tls-untrusted',
      `the certificate of ${url} is signed by an authority that this computer does not know (${code})`,
      "get your organisation's CA certificate as a PEM file and add: --ca FILE, or set NODE_EXTRA_CA_CERTS to its path",
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return fail(
      'tls-wrong-name',
      `the certificate at ${url} is for another name than ${hostname}`,
      'use the host name that the certificate was made for, or ask the administrator',
    );
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const when = code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet';
    return fail(
      'tls-not-valid-now',
      `the certificate of ${url} ${when}`,
      "check this computer's date; if it is right, the administrator must renew the certificate",
    );
  }
  // Node 20 says EPROTO and puts OpenSSL's reason into the text; later ones make it the code.
  const reason = `${code} ${errorText(cause)}`.replace(/_/gu, ' ');
  if (/wrong version number|packet length too long/iu.test(reason)) {
    return fail(
      'tls-not-spoken',
      `what listens at ${url} does not speak TLS`,
      `try http://${endpoint.host}, or check the port`,
    );
  }
  if (/^(?:ERR_SSL_|ERR_TLS_|CERT_|EPROTO)/u.test(code)) {
    return fail(
      'tls-failure',
      `no secure connection to ${url}: ${errorText(cause)}`,
      'a proxy or firewall may be intercepting the connection; ask the administrator',
    );
  }
  return undefined;
}

function errorCode(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
