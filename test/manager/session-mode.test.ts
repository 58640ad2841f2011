import { once } from 'node:events';
import http from 'node:http';

import { describe, expect, it } from 'vitest';

import { BaiError } from '../../src/errors.js';
import { apiClient, loginClient, type ManagerClient } from '../../src/manager/client.js';
import { LoginCredentials } from '../../src/manager/credentials.js';
import { downloadKeyFile } from '../../src/manager/key-file.js';
import { preflight } from '../../src/manager/preflight.js';
import { probe } from '../../src/manager/probe.js';
import { listSessions } from '../../src/manager/session-list.js';
import { upgradeSource } from '../../src/manager/upgrade-source.js';
import { addressOf } from './address-of.js';
import {
  GREETING,
  jsonFixture,
  listen,
  serve,
  testCredentials,
  type Canned,
  type Seen,
} from './fake-server.js';
import { SESSION } from './running-session.js';

const LOGIN_ID = '3f1c2d4e5a6b7c8d9e0f112233445566';
const PAGE: Canned = { headers: { 'Content-Type': 'text/html' }, body: '<!doctype html>' };

async function loggedIn(
  answer: (seen: Seen) => Canned | undefined,
): Promise<{ client: ManagerClient; seen: Seen[]; url: string }> {
  const { url, seen } = await serve(answer);
  const accessKey = 'AKIAIOSFODNN7EXAMPLE';
  const credentials = new LoginCredentials({ endpoint: url, accessKey, loginId: LOGIN_ID });
  return { client: loginClient(credentials), seen, url };
}

describe('session mode', () => {
  it('sends every call below /func with the login and without a signature', async () => {
    const { client, seen, url } = await loggedIn(({ target }) => {
      if (target === '/func/admin/gql') {
        return { body: jsonFixture('gql.compute_session_list.response.json') };
      }
      return target.startsWith('/func/session/') ? { body: '-----BEGIN' } : undefined;
    });
    expect(await listSessions(client)).toHaveLength(2);
    await downloadKeyFile(client, SESSION);
    const upgrade = await upgradeSource(client, SESSION, 'id')();
    const id = SESSION.id;
    expect(seen.map(({ target }) => target)).toEqual([
      '/func/',
      '/func/admin/gql',
      `/func/session/${id}/download_single?file=id_container`,
    ]);
    expect(addressOf(upgrade)).toBe(
      `${url.replace('http:', 'ws:')}/func/stream/session/${id}/tcpproxy?app=sshd`,
    );
    for (const headers of [seen[1]?.headers, seen[2]?.headers]) {
      expect(headers).toMatchObject({
        cookie: `AIOHTTP_SESSION=${LOGIN_ID}`,
        'x-backendai-sessionid': LOGIN_ID,
      });
      expect(headers?.authorization).toBeUndefined();
    }
    expect(upgrade.headers).toMatchObject({
      Cookie: `AIOHTTP_SESSION=${LOGIN_ID}`,
      'X-BackendAI-SessionID': LOGIN_ID,
    });
    expect(upgrade.headers).not.toHaveProperty('Authorization');
  });

  it('asks in words before the connections that a client opens at once, and again after a no', async () => {
    let offers = false;
    const { client, seen } = await loggedIn(({ target }) =>
      target.endsWith('/apps')
        ? { body: JSON.stringify(offers ? [{ name: 'sshd' }] : []) }
        : undefined,
    );
    await expect(upgradeSource(client, SESSION)()).rejects.toMatchObject({
      code: 'sshd-not-offered',
    });
    offers = true;
    for (let count = 0; count < 3; count++) await upgradeSource(client, SESSION)();
    expect(seen.filter(({ target }) => target.endsWith('/apps'))).toHaveLength(2);
  });

  it('asks on for the other connections where the one that asked first is given up', async () => {
    const looks: http.ServerResponse[] = [];
    const server = http.createServer((request, response) => {
      if (request.url?.endsWith('/apps') === true) server.emit('looked', looks.push(response));
      else response.end(JSON.stringify(GREETING));
    });
    const endpoint = await listen(server);
    const accessKey = 'AKIAIOSFODNN7EXAMPLE';
    const client = loginClient(new LoginCredentials({ endpoint, accessKey, loginId: LOGIN_ID }));
    const reason = new BaiError('enough', 'it took too long', 'wait');
    const limit = new AbortController();
    const looked = once(server, 'looked');
    const limited = upgradeSource(client.within(limit.signal), SESSION)();
    const other = upgradeSource(client.within(new AbortController().signal), SESSION)();
    await looked;
    limit.abort(reason);
    await expect(limited).rejects.toBe(reason);
    looks[0]?.end(JSON.stringify([{ name: 'sshd' }]));
    expect((await other).target).toContain(SESSION.id);
    expect(looks).toHaveLength(1);
  });

  it('takes no session for ended that a list of several pages has missed', async () => {
    let lists = 0;
    const { client } = await loggedIn(({ target }) => {
      if (target.endsWith('/apps')) return { body: JSON.stringify([{ name: 'sshd' }]) };
      if (target !== '/func/admin/gql') return undefined;
      const item = { ...SESSION, session_id: SESSION.id, created_at: '2026-01-02T03:00:00Z' };
      const list = { items: lists++ === 0 ? [] : [item], total_count: 1 };
      return { body: JSON.stringify({ data: { compute_session_list: list } }) };
    });
    const { isOver } = await upgradeSource(client, SESSION)();
    expect(await isOver?.(new AbortController().signal)).toBeNull();
    expect(lists).toBe(2);
  });

  it('notices that the login has ended', async () => {
    const { client } = await loggedIn(({ target }) =>
      target === '/func/' ? undefined : { status: 401, body: jsonFixture('webserver.401.json') },
    );
    await expect(listSessions(client)).rejects.toMatchObject({ code: 'login-expired' });
    await expect(upgradeSource(client, SESSION)()).rejects.toMatchObject({ code: 'login-expired' });
  });
});

describe('preflight', () => {
  const missing: Canned = {
    status: 404,
    body: { type: 'https://api.backend.ai/probs/object-not-found', title: 'No such session.' },
  };

  it('finds sshd by the id of the session', async () => {
    const { client, seen } = await loggedIn(({ target }) =>
      target === '/func/' ? undefined : { body: jsonFixture('stream.apps.json') },
    );
    expect(await preflight(client, SESSION)).toBe('id');
    expect(seen.at(-1)?.target).toBe(`/func/stream/session/${SESSION.id}/apps`);
  });

  it('finds it by name where a manager looks up streams by name alone', async () => {
    const { url } = await serve(({ target }) => {
      if (target === '/') return undefined;
      return target.includes('/train-01/') ? { body: jsonFixture('stream.apps.json') } : missing;
    });
    expect(await preflight(apiClient(testCredentials(url)), SESSION)).toBe('name');
  });

  it.each([
    ['no such session', missing, 'session-gone'],
    ['no apps', { body: '[]' }, 'sshd-not-offered'],
    ['no list', { body: {} }, 'sshd-not-offered'],
    ['other apps', { body: [{ name: 'ttyd' }] }, 'sshd-not-offered'],
    ['502', { status: 502, body: jsonFixture('webserver.502.json') }, 'bad-gateway'],
  ])('tells %s', async (_what, answer, code) => {
    const { client } = await loggedIn(({ target }) => (target === '/func/' ? undefined : answer));
    await expect(preflight(client, SESSION)).rejects.toMatchObject({ code });
  });
});

describe('probe', () => {
  const webserver = ({ target }: Seen): Canned => (target === '/func/' ? { body: GREETING } : PAGE);

  it('knows a manager', async () => {
    const { url } = await serve(() => undefined);
    expect(await probe(`${url}/`)).toEqual({
      kind: 'manager',
      endpoint: url,
      greeting: { apiVersion: GREETING.version, release: GREETING.manager },
    });
  });

  it.each(['', ' ', 'https://', 'HTTP:///', '//'])('refuses %j as it was typed', async (typed) => {
    await expect(probe(typed)).rejects.toMatchObject({
      message: `the address "${typed.trim()}" names no computer`,
    });
  });

  it('knows a webserver', async () => {
    const { url } = await serve(webserver);
    expect(await probe(url)).toMatchObject({ kind: 'webserver', endpoint: url });
  });

  it('knows a webserver whose front page redirects', async () => {
    const { url } = await serve((seen) =>
      seen.target === '/'
        ? { status: 302, headers: { Location: '/interactive-login' } }
        : webserver(seen),
    );
    expect(await probe(url)).toMatchObject({ kind: 'webserver', endpoint: url });
  });

  it('finds the address that counts from one of a page', async () => {
    const { url } = await serve(webserver);
    expect(await probe(`${url}/session/start?formValues=%7B%7D#x`)).toMatchObject({
      kind: 'webserver',
      endpoint: url,
    });
  });

  it('takes the place of the manager within a webserver for no manager', async () => {
    const { url } = await serve(webserver);
    for (const place of ['/func', '/func/']) {
      expect(await probe(url + place)).toMatchObject({ kind: 'webserver', endpoint: url });
    }
  });

  it('prefers the prefix that was typed', async () => {
    const { url } = await serve(({ target }) =>
      target === '/bai/' || target === '/' ? { body: GREETING } : PAGE,
    );
    expect(await probe(`${url}/bai/`)).toMatchObject({ kind: 'manager', endpoint: `${url}/bai` });
  });

  it('does without a scheme on this computer', async () => {
    const { url } = await serve(() => undefined);
    expect(await probe(url.slice('http://'.length))).toMatchObject({ endpoint: url });
  });

  it('assumes HTTPS elsewhere', async () => {
    const proxy = http.createServer().on('connect', (_request, socket) => {
      socket.end('HTTP/1.1 403 No\r\n\r\n');
    });
    const options = { proxy: await listen(proxy) };
    await expect(probe('console.example.com', options)).rejects.toMatchObject({
      code: 'proxy-refused',
      message: expect.stringContaining('console.example.com:443') as string,
    });
  });

  it('follows a redirect to HTTPS of the same host only', async () => {
    const { url, seen } = await serve(() => ({
      status: 301,
      headers: { Location: 'https://elsewhere.invalid/' },
    }));
    await expect(probe(url)).rejects.toMatchObject({ code: 'no-backendai-here' });
    expect(seen.map(({ target }) => target)).toEqual(['/', '/func/']);
    const plain = await serve(({ headers }) => ({
      status: 301,
      headers: { Location: `https://${headers.host ?? ''}/` },
    }));
    // The redirect is followed: what listens there does not speak TLS.
    await expect(probe(plain.url)).rejects.toMatchObject({ code: 'tls-not-spoken' });
  });

  it('says where a server points that is none', async () => {
    const { url } = await serve(() => ({
      status: 302,
      headers: { Location: 'https://cloud.example.com/login?from=x' },
    }));
    await expect(probe(url)).rejects.toMatchObject({
      code: 'no-backendai-here',
      hint: expect.stringContaining('bai-win login https://cloud.example.com') as string,
    });
  });

  it('tells a webserver whose manager is down from what is none', async () => {
    const { url } = await serve(({ target }) =>
      target === '/func/'
        ? {
            status: 502,
            body: {
              type: 'https://api.backend.ai/probs/bad-gateway',
              title: 'The proxy target server is inaccessible.',
            },
          }
        : PAGE,
    );
    await expect(probe(url)).rejects.toMatchObject({ code: 'bad-gateway' });
    await expect(probe(`${url}/session`)).rejects.toMatchObject({ code: 'bad-gateway' });
  });

  it.each([502, 503, 504])('passes on that a proxy has nothing behind it (%i)', async (status) => {
    const { url } = await serve(() => ({ ...PAGE, status }));
    await expect(probe(url)).rejects.toMatchObject({ code: 'gateway-failure' });
  });

  it('thinks of plain HTTP where no scheme was typed and nothing listens for HTTPS', async () => {
    // This computer, by an address for which HTTPS is assumed.
    const hint = expect.stringContaining('http://0.0.0.0') as string;
    await expect(probe('0.0.0.0')).rejects.toMatchObject({ code: 'connection-refused', hint });
    await expect(probe('https://0.0.0.0')).rejects.toMatchObject({
      hint: expect.not.stringContaining('http://') as string,
    });
  });

  it.each([
    ['a page', PAGE],
    ['JSON of something else', { body: { status: 'ok' } }],
    ['an error', { status: 500, body: {} }],
    ['a huge page', { body: 'x'.repeat(2 * 1024 * 1024) }],
  ])('refuses %s', async (_what, answer) => {
    const { url } = await serve(() => answer);
    await expect(probe(url)).rejects.toMatchObject({ code: 'no-backendai-here' });
  });
});
