import { errorCode } from './read-file.js';

/** Why a connection could not be made, or was lost. */
export type NetworkTrouble =
  | 'refused'
  | 'name-unknown'
  | 'name-service-silent'
  | 'no-route'
  | 'timed-out'
  | 'cut'
  | 'tls-untrusted'
  | 'tls-wrong-name'
  | 'tls-expired'
  | 'tls-too-early'
  | 'tls-not-spoken'
  | 'tls-failed';

/** Codes of the system (errno(3), getaddrinfo(3)) and of OpenSSL (verify(1), DIAGNOSTICS). */
const TROUBLES: Readonly<Record<string, NetworkTrouble>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'name-unknown',
  EAI_NONAME: 'name-unknown',
  EAI_NODATA: 'name-unknown',
  EAI_AGAIN: 'name-service-silent',
  ENETUNREACH: 'no-route',
  EHOSTUNREACH: 'no-route',
  ENETDOWN: 'no-route',
  EADDRNOTAVAIL: 'no-route',
  ETIMEDOUT: 'timed-out',
  ECONNRESET: 'cut',
  EPIPE: 'cut',
  ECONNABORTED: 'cut',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls-untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls-untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'tls-untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls-untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls-untrusted',
  CERT_UNTRUSTED: 'tls-untrusted',
  // An authority of a known name, but with another key.
  CERT_SIGNATURE_FAILURE: 'tls-untrusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls-wrong-name',
  CERT_HAS_EXPIRED: 'tls-expired',
  CERT_NOT_YET_VALID: 'tls-too-early',
};

/**
 * Other codes of TLS and of what is wrong with a certificate (verify(1), DIAGNOSTICS). Node says
 * UNSPECIFIED where it has no name, as of a key that is too short.
 */
const TLS_CODE =
  /^(?:ERR_SSL_|ERR_TLS_|CERT_|UNABLE_TO_|ERROR_IN_CERT_|INVALID_(?:CA|PURPOSE)$|PATH_LENGTH_EXCEEDED$|EPROTO$|UNSPECIFIED$)/u;

/** What Node's error of a connection means; `undefined` where it is of no kind that we know. */
export function networkTrouble(error: unknown): NetworkTrouble | undefined {
  const code = errorCode(error) ?? '';
  const known = TROUBLES[code];
  if (known !== undefined) return known;
  // Node 20 says EPROTO and puts OpenSSL's reason into the text; later ones make it the code.
  const text = error instanceof Error ? error.message : '';
  const reason = `${code} ${text}`.replace(/_/gu, ' ');
  if (/wrong version number|packet length too long/iu.test(reason)) return 'tls-not-spoken';
  return TLS_CODE.test(code) ? 'tls-failed' : undefined;
}
