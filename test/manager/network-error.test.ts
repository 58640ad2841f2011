import { describe, expect, it } from 'vitest';

import { parseEndpoint } from '../../src/manager/endpoint.js';
import { networkError, timeoutError } from '../../src/manager/network-error.js';

const endpoint = parseEndpoint('https://api.example.com:8443');

function nodeError(code: string): Error {
  return Object.assign(new Error(`what node says of ${code}`), { code });
}

describe('networkError', () => {
  it.each([
    ['ECONNREFUSED', 'connection-refused'],
    ['ENOTFOUND', 'host-not-found'],
    ['EAI_AGAIN', 'host-not-found'],
    ['EHOSTUNREACH', 'network-unreachable'],
    ['ENETUNREACH', 'network-unreachable'],
    ['ETIMEDOUT', 'connect-timeout'],
    ['ECONNRESET', 'connection-lost'],
    ['EPIPE', 'connection-lost'],
    ['HPE_INVALID_CONSTANT', 'not-http'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls-untrusted'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls-untrusted'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls-untrusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls-wrong-name'],
    ['CERT_HAS_EXPIRED', 'tls-not-valid-now'],
    ['CERT_NOT_YET_VALID', 'tls-not-valid-now'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls-not-spoken'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'tls-failure'],
    ['EPROTO', 'tls-failure'],
    ['INVALID_PURPOSE', 'tls-failure'],
    ['UNSPECIFIED', 'tls-failure'],
    ['EWHATEVER', 'network-failure'],
  ])('%s becomes %s, with the address and a hint', (code, expected) => {
    const error = networkError(nodeError(code), endpoint);
    expect(error.code).toBe(expected);
    expect(error.message).toMatch(/api\.example\.com/u);
    expect(error.message).toMatch(/^[^A-Z].*[^.]$/u);
    expect(error.hint).toMatch(/[^.]$/u);
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('passes on what is typed already', () => {
    const typed = timeoutError('answer', endpoint, 30_000);
    expect(typed.message).toContain('30 s');
    expect(networkError(typed, endpoint)).toBe(typed);
  });
});
