import { describe, expect, it } from 'vitest';

import { parseEndpoint } from '../../src/manager/endpoint.js';
import { chooseProxy } from '../../src/manager/proxy-choice.js';

const HTTPS = parseEndpoint('https://api.example.com');
const proxyOf = (
  endpoint: string,
  env: Record<string, string>,
  explicit?: string,
): string | undefined => chooseProxy(parseEndpoint(endpoint), env, explicit)?.name;

describe('chooseProxy', () => {
  it.each<[string, string, Record<string, string>, string | undefined]>([
    ['nothing set', 'https://a.example', {}, undefined],
    ['HTTPS_PROXY', 'https://a.example', { HTTPS_PROXY: 'http://p:3128' }, 'p:3128'],
    ['HTTPS_PROXY for http', 'http://a.example', { HTTPS_PROXY: 'http://p:3128' }, undefined],
    ['HTTP_PROXY', 'http://a.example', { HTTP_PROXY: 'http://p:3128' }, 'p:3128'],
    ['ALL_PROXY', 'http://a.example', { ALL_PROXY: 'http://p:3128' }, 'p:3128'],
    ['lower case', 'https://a.example', { https_proxy: 'http://q:1', HTTPS_PROXY: 'p:1' }, 'q:1'],
    ['no scheme', 'https://a.example', { HTTPS_PROXY: 'p:3128' }, 'p:3128'],
    ['no port', 'https://a.example', { HTTPS_PROXY: 'http://p' }, 'p:80'],
    ['a TLS proxy', 'https://a.example', { HTTPS_PROXY: 'https://p' }, 'p:443'],
    [
      'an IPv6 proxy',
      'https://a.example',
      { HTTPS_PROXY: 'http://[fd00::1]:8080' },
      '[fd00::1]:8080',
    ],
    ['empty', 'https://a.example', { HTTPS_PROXY: '' }, undefined],
    ['loopback', 'https://127.0.0.1:8090', { HTTPS_PROXY: 'p:1' }, undefined],
    ['localhost', 'http://localhost:8090', { HTTP_PROXY: 'p:1' }, undefined],
    ['IPv6 loopback', 'http://[::1]:8090', { HTTP_PROXY: 'p:1' }, undefined],
  ])('%s', (_what, endpoint, env, expected) => {
    expect(proxyOf(endpoint, env)).toBe(expected);
  });

  it.each([
    ['*', 'https://api.example.com', true],
    ['example.com', 'https://api.example.com', true],
    ['.example.com', 'https://api.example.com', true],
    ['*.example.com', 'https://api.example.com', true],
    ['EXAMPLE.com', 'https://api.example.com', true],
    ['api.example.com', 'https://api.example.com', true],
    ['other, example.com', 'https://api.example.com', true],
    ['other example.com', 'https://api.example.com', true],
    ['ample.com', 'https://api.example.com', false],
    ['api.example.com:443', 'https://api.example.com', true],
    ['api.example.com:8443', 'https://api.example.com', false],
    ['10.0.0.0/8', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['10.0.0.0/33', 'https://10.1.2.3', false],
    ['10.1.2.3', 'https://10.1.2.3:8443', true],
    ['2.3', 'https://10.1.2.3', false],
    ['fd00::/8', 'https://[fd00::5]', true],
    ['fd00::5', 'https://[fd00::5]', true],
    ['[fd00::5]:443', 'https://[fd00::5]', true],
    ['', 'https://api.example.com', false],
  ])('NO_PROXY=%s for %s: exempt %s', (list, endpoint, exempt) => {
    const chosen = proxyOf(endpoint, { HTTPS_PROXY: 'p:1', NO_PROXY: list });
    expect(chosen).toBe(exempt ? undefined : 'p:1');
  });

  it('obeys an explicit proxy whatever the environment says', () => {
    const env = { HTTPS_PROXY: 'p:1', NO_PROXY: '*' };
    expect(proxyOf('https://a.example', env, 'http://q:2')).toBe('q:2');
    expect(proxyOf('http://127.0.0.1:8090', env, 'http://q:2')).toBe('q:2');
  });

  it('sends the password that is in the address, decoded, and shows it to no one', () => {
    const proxy = chooseProxy(HTTPS, { HTTPS_PROXY: 'http://me:p%40ss@p:1' });
    expect(proxy?.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    expect(proxy?.name).toBe('p:1');
  });

  it.each([
    ['http://', 'proxy-invalid'],
    ['http://me:hunter2@:99999', 'proxy-invalid'],
    ['http://me:hunter2%@p:1', 'proxy-invalid'],
    ['http://%zz:hunter2@p:1', 'proxy-invalid'],
    ['socks5://me:hunter2@p:1080', 'proxy-unsupported'],
  ])('refuses %s without repeating a password', (text, code) => {
    let thrown: unknown;
    try {
      chooseProxy(HTTPS, {}, text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code });
    expect(String(thrown)).not.toContain('hunter2');
  });
});
