import { BaiError } from '../errors.js';
import { checkAccessKey } from './access-key.js';
import type { ApiCredentials, CredentialOrigins, LoginCredentials } from './credentials.js';
import { authorization } from './signing.js';

/** What an authenticator is told about the request that it lets pass. */
interface RequestToAuthenticate {
  readonly method: string;
  /** The request target in the exact bytes that are sent. */
  readonly target: string;
  /** The Host header that is sent. */
  readonly host: string;
  readonly contentType: string;
  readonly apiVersion: string;
  readonly now: Date;
}

/**
 * The one place where API mode and session mode differ: what stands before each manager path, and
 * how a request proves whose it is.
 */
export interface Authenticator {
  readonly mode: 'api' | 'session';
  /** Put between the endpoint's own prefix and each manager path. */
  readonly pathPrefix: '' | '/func';
  /** One's own access key: sessions are looked up by it. */
  readonly accessKey: string;
  /** Where the credentials were found; absent where that is not known. */
  readonly origins?: CredentialOrigins | undefined;
  /** Headers to add to the request. Secret: never logged. */
  headers(request: RequestToAuthenticate): Record<string, string>;
}

/**
 * API mode: each request to the manager is signed with the key pair (protocol section 1.3).
 * @throws BaiError `access-key-malformed`
 */
export function signingAuthenticator(credentials: ApiCredentials): Authenticator {
  const { accessKey, origins } = credentials;
  checkAccessKey(accessKey);
  return {
    mode: 'api',
    pathPrefix: '',
    accessKey,
    origins,
    headers: ({ now, ...request }) => {
      const date = now.toISOString();
      return {
        Date: date,
        Authorization: authorization({
          ...request,
          date,
          accessKey,
          secretKey: credentials.secretKey,
        }),
      };
    },
  };
}

/** Session mode: the webserver knows the login and signs for it (protocol sections 1.1 and 1.5). */
export function loginAuthenticator(credentials: LoginCredentials): Authenticator {
  return {
    mode: 'session',
    pathPrefix: '/func',
    accessKey: credentials.accessKey,
    origins: credentials.origins,
    headers: () => loginHeaders(credentials.loginId),
  };
}

/**
 * How a request shows its login: newer webservers read the header, older ones only the cookie.
 * @throws BaiError `login-malformed` where the value cannot be a cookie's (RFC 6265, section 4.1.1)
 */
export function loginHeaders(loginId: string): Record<string, string> {
  if (!/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/u.test(loginId)) {
    throw new BaiError(
      'login-malformed',
      'the login that was kept is damaged',
      (options) => `sign in again: bai-win login${options}`,
    );
  }
  return { Cookie: `AIOHTTP_SESSION=${loginId}`, 'X-BackendAI-SessionID': loginId };
}
