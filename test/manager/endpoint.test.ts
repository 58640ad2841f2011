import { describe, expect, it } from 'vitest';

import { parseEndpoint } from '../../src/manager/endpoint.js';

describe('parseEndpoint', () => {
  it.each([
    ['https://api.example.com', 'https://api.example.com', 'api.example.com', 443, ''],
    ['https://api.example.com:443/', 'https://api.example.com', 'api.example.com', 443, ''],
    ['http://api.example.com:80', 'http://api.example.com', 'api.example.com', 80, ''],
    ['http://127.0.0.1:8091/', 'http://127.0.0.1:8091', '127.0.0.1:8091', 8091, ''],
    [
      ' HTTPS://API.Example.com/bai// ',
      'https://api.example.com/bai',
      'api.example.com',
      443,
      '/bai',
    ],
    ['https://h:8443/a/b', 'https://h:8443/a/b', 'h:8443', 8443, '/a/b'],
    ['http://[::1]:8090', 'http://[::1]:8090', '[::1]:8090', 8090, ''],
  ])('takes %s apart', (text, url, host, port, prefix) => {
    expect(parseEndpoint(text)).toMatchObject({ url, host, port, prefix });
  });

  it('gives an IPv6 address to the resolver without brackets', () => {
    expect(parseEndpoint('http://[::1]:8090').hostname).toBe('::1');
  });

  it.each([
    'api.example.com',
    '',
    'ftp://api.example.com',
    '127.0.0.1:8091',
    'https://',
    'wss://a',
  ])('refuses "%s" and shows how to write one', (text) => {
    expect(() => parseEndpoint(text)).toThrow(
      expect.objectContaining({
        code: 'endpoint-invalid',
        hint: expect.stringContaining('https://') as string,
      }),
    );
  });

  it.each(['http:/example.com:1/a', 'http:example.com:1/a', 'http:\\\\example.com:1/a'])(
    'says that two slashes are missing in %s',
    (text) => {
      expect(() => parseEndpoint(text)).toThrow(
        expect.objectContaining({
          code: 'endpoint-slashes',
          message: `the endpoint "${text}" lacks the two slashes after http:`,
          hint: 'write it as http://example.com:1/a',
        }),
      );
    },
  );

  it.each(['99999', 'abc'])('says that %s is no port', (port) => {
    expect(() => parseEndpoint(`http://me:hunter2@example.com:${port}/bai`)).toThrow(
      expect.objectContaining({
        code: 'endpoint-port-invalid',
        message: `"${port}", behind the colon of the endpoint http://example.com/bai, is not a port`,
      }),
    );
  });

  it('gives an example that works', () => {
    expect(() => parseEndpoint('http://exa mple')).toThrow(
      expect.objectContaining({
        hint: expect.stringContaining('e.g. https://api.example.com') as string,
      }),
    );
    expect(() => parseEndpoint('console.example.com')).toThrow(
      expect.objectContaining({
        hint: expect.stringContaining('e.g. https://console.example.com') as string,
      }),
    );
  });

  it('refuses an address with a password inside and does not repeat it', () => {
    for (const text of ['https://me:hunter2@api.example.com', 'me:hunter2@api.example.com']) {
      let shown = '';
      try {
        parseEndpoint(text);
      } catch (error) {
        shown = JSON.stringify(error) + String(error);
      }
      expect(shown).toMatch(/api\.example\.com/u);
      expect(shown).not.toContain('hunter2');
    }
  });

  it('refuses a query or fragment', () => {
    for (const text of ['https://h/?a=1', 'https://h/#/session']) {
      expect(() => parseEndpoint(text)).toThrow(
        expect.objectContaining({ code: 'endpoint-has-query' }),
      );
    }
  });
});
