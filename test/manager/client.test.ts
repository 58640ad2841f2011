import { once } from 'node:events';
import http from 'node:http';
import type { Socket } from 'node:net';

import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

import { BaiError } from '../../src/errors.js';
import { apiClient } from '../../src/manager/client.js';
import { ApiCredentials } from '../../src/manager/credentials.js';
import type { Session } from '../../src/manager/session.js';
import { authorization } from '../../src/manager/signing.js';
import { upgradeSource } from '../../src/manager/upgrade-source.js';
import { addressOf } from './address-of.js';
import { GREETING, jsonFixture, listen, serve, testCredentials, type Seen } from './fake-server.js';
import { SESSION } from './running-session.js';

const session: Session = { ...SESSION, name: "학습.1 it's" };

/** Computes the signature of a request anew from what arrived. */
function expectSigned(seen: Pick<Seen, 'method' | 'target' | 'headers'>): void {
  const { headers } = seen;
  const { accessKey, secretKey } = testCredentials('http://127.0.0.1');
  expect(headers.authorization).toBe(
    authorization({
      method: seen.method,
      target: seen.target,
      date: headers.date ?? '',
      host: headers.host ?? '',
      contentType: headers['content-type'] ?? 'application/octet-stream',
      apiVersion: String(headers['x-backendai-version']),
      accessKey,
      secretKey,
    }),
  );
  expect(headers.date).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u);
}

describe('version negotiation', () => {
  it.each([
    ['hello.22.09.json', 'v6.20220615', '22.09.23'],
    ['hello.23.09.json', 'v7.20230615', '23.09.11'],
    ['hello.24.09.json', 'v8.20240915', '24.09.14'],
    ['hello.26.4.json', 'v9.20250722', '26.4.10'],
  ])('uses the version of %s', async (hello, apiVersion, release) => {
    const { url, seen } = await serve(({ target }) =>
      target === '/' ? { body: jsonFixture(hello) } : { body: {} },
    );
    const client = apiClient(testCredentials(url));
    expect(await client.greeting()).toEqual({ apiVersion, release });
    await client.callForJson({ method: 'GET', path: '/a' });
    expect(seen.at(-1)?.headers['x-backendai-version']).toBe(apiVersion);
  });

  it.each(['v10.20300101', 'v9', 'nonsense'])('uses its own for %s', async (version) => {
    const { url } = await serve(() => ({ body: { version, manager: '30.1' } }));
    const greeting = await apiClient(testCredentials(url)).greeting();
    expect(greeting.apiVersion).toBe('v9.20250722');
  });

  it('asks once, also when several calls begin at the same time', async () => {
    const { url, seen } = await serve(({ target }) => (target === '/' ? undefined : { body: {} }));
    const client = apiClient(testCredentials(url));
    const call = { method: 'GET', path: '/a' } as const;
    await Promise.all([client.call(call), client.call(call)]);
    await client.call(call);
    expect(seen.map(({ target }) => target)).toEqual(['/', '/a', '/a', '/a']);
    expect(seen[0]?.headers.authorization).toBeUndefined();
  });

  it('asks again after a failure', async () => {
    let broken = true;
    const { url } = await serve(() => (broken ? { status: 500, body: {} } : undefined));
    const client = apiClient(testCredentials(url));
    await expect(client.greeting()).rejects.toMatchObject({ code: 'server-error' });
    broken = false;
    await expect(client.greeting()).resolves.toMatchObject({ release: '26.8.1' });
  });

  it.each([[{ hello: 1 }], [[]], [null]])('refuses %j as a greeting', async (body) => {
    const { url } = await serve(() => ({ body: JSON.stringify(body) }));
    await expect(apiClient(testCredentials(url)).greeting()).rejects.toMatchObject({
      code: 'not-backendai',
    });
  });
});

describe('calls', () => {
  it('are signed over the bytes that are sent', async () => {
    const { url, seen } = await serve(({ target }) => (target === '/' ? undefined : { body: {} }));
    const client = apiClient(testCredentials(url));
    const query = { file: "a b+c'(1)*!/학습&x=1#?%20" };
    await client.call({ method: 'POST', path: '/session/x/download', query, json: { a: '학습' } });
    await client.call({ method: 'GET', path: '/stream' });
    const [, post, get] = seen;
    if (post === undefined || get === undefined) throw new Error('nothing arrived');
    expectSigned(post);
    expectSigned(get);
    expect(new URL(post.target, url).searchParams.get('file')).toBe(query.file);
    expect(JSON.parse(post.body)).toEqual({ a: '학습' });
    expect(get.body).toBe('');
  });

  it('go below a path prefix, which is signed too', async () => {
    const { url, seen } = await serve(({ target }) =>
      target === '/bai/' ? { body: jsonFixture('hello.26.4.json') } : { body: {} },
    );
    const client = apiClient(testCredentials(`${url}/bai/`));
    await client.call({ method: 'GET', path: '/admin' });
    expect(seen.map(({ target }) => target)).toEqual(['/bai/', '/bai/admin']);
    if (seen[1] !== undefined) expectSigned(seen[1]);
  });

  it('are logged by method, target, status and time, without a secret', async () => {
    const lines: string[] = [];
    const { url } = await serve(({ target }) => (target === '/' ? undefined : { body: {} }));
    const credentials = testCredentials(url);
    const client = apiClient(credentials, { log: (line) => lines.push(line) });
    await client.call({ method: 'GET', path: '/a', query: { b: 'c' } });
    expect(lines[0]).toMatch(/^GET \/ 200 \d+ ms$/u);
    expect(lines[1]).toMatch(/^GET \/a\?b=c 200 \d+ ms$/u);
    expect(lines.join()).not.toContain(credentials.secretKey);
    expect(lines.join()).not.toMatch(/credential=/u);
  });

  it('turn to the next endpoint where the first cannot be reached', async () => {
    const dead = http.createServer();
    const closed = await listen(dead);
    await new Promise((resolve) => dead.close(resolve));
    const { url, seen } = await serve(({ target }) => (target === '/' ? undefined : { body: {} }));
    const lines: string[] = [];
    const client = apiClient(testCredentials(closed, [url]), { log: (line) => lines.push(line) });
    await client.call({ method: 'GET', path: '/a' });
    expect(client.endpoint.url).toBe(url);
    expect(lines.join('\n')).toMatch(/trying the next endpoint/u);
    const last = seen.at(-1);
    if (last !== undefined) expectSigned(last);
  });
});

describe('credentials', () => {
  it.each(['AK 1', 'AK\n', 'AK:1', 'AK,1', '키', 'AK\u200b', ''])(
    'are refused where the access key is %j, before anything is sent',
    (accessKey) => {
      const endpoint = 'https://api.example.com';
      const credentials = new ApiCredentials({ endpoint, accessKey, secretKey: 'x' });
      expect(() => apiClient(credentials)).toThrow(
        expect.objectContaining({ code: 'access-key-malformed' }),
      );
    },
  );
});

describe('several endpoints', () => {
  it('replace one that goes away between two calls', async () => {
    const first = http.createServer((_request, response) => {
      response.end(JSON.stringify(jsonFixture('hello.26.4.json')));
    });
    const going = await listen(first);
    const { url } = await serve(({ target }) => (target === '/' ? undefined : { body: { a: 1 } }));
    const client = apiClient(testCredentials(going, [url]));
    expect(await client.greeting()).toMatchObject({ release: '26.4.10' });
    first.closeAllConnections();
    await new Promise((resolve) => first.close(resolve));
    expect(await client.callForJson({ method: 'GET', path: '/a' })).toEqual({ a: 1 });
    expect(await client.greeting()).toMatchObject({ release: '26.8.1' });
  });
});

describe('the rate limit', () => {
  const limited = { status: 429, body: { title: 'You have reached your API query rate limit.' } };

  it('is waited for, which the person is told', async () => {
    let refusals = 2;
    const { url, seen } = await serve(({ target }) => {
      if (target === '/') return undefined;
      return refusals-- > 0 ? limited : { body: { done: true } };
    });
    const notices: string[] = [];
    const slept: number[] = [];
    const client = apiClient(testCredentials(url), {
      notice: (line) => notices.push(line),
      sleep: (milliseconds) => Promise.resolve(slept.push(milliseconds)),
    });
    expect(await client.callForJson({ method: 'GET', path: '/a' })).toEqual({ done: true });
    expect(slept).toEqual([5_000, 15_000]);
    expect(notices[0]).toBe('the request limit is used up; trying again in 5 s');
    expect(new Set(seen.map(({ headers }) => headers.authorization)).size).toBeGreaterThan(1);
  });

  it('is given up in the end, and at once where a proxy asks for more patience', async () => {
    let headers: Record<string, string> = {};
    const { url, seen } = await serve(({ target }) =>
      target === '/' ? undefined : { ...limited, headers },
    );
    const client = apiClient(testCredentials(url), { sleep: () => Promise.resolve() });
    const call = { method: 'GET', path: '/a' } as const;
    await expect(client.callForJson(call)).rejects.toMatchObject({ code: 'rate-limited' });
    expect(seen).toHaveLength(1 + 4);
    headers = { 'Retry-After': '900' };
    await expect(client.callForJson(call)).rejects.toMatchObject({ code: 'rate-limited' });
    expect(seen).toHaveLength(1 + 4 + 1);
  });

  it('is announced once when it comes near, and again after it had recovered', async () => {
    let remaining = 500;
    const { url } = await serve(({ target }) =>
      target === '/'
        ? undefined
        : {
            body: {},
            headers: { 'X-RateLimit-Limit': '1000', 'X-RateLimit-Remaining': String(remaining) },
          },
    );
    const notices: string[] = [];
    const client = apiClient(testCredentials(url), { notice: (line) => notices.push(line) });
    for (remaining of [500, 99, 98, 101, 97, 600, 96])
      await client.call({ method: 'GET', path: '/a' });
    expect(notices).toEqual([
      '99 of 1000 requests are left for the next 15 minutes; fewer parallel connections save some',
      '96 of 1000 requests are left for the next 15 minutes; fewer parallel connections save some',
    ]);
  });
});

describe('upgradeSource', () => {
  async function upgradedWith(by: 'id' | 'name', prefix = ''): Promise<Seen> {
    const upgrades: Seen[] = [];
    const server = http.createServer((_request, response) => {
      response.end(JSON.stringify(jsonFixture('hello.26.4.json')));
    });
    server.on('upgrade', (request, socket) => {
      const { method = '', url: target = '', headers } = request;
      upgrades.push({ method, target, headers, body: '' });
      socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
    });
    const url = await listen(server);
    const source = upgradeSource(apiClient(testCredentials(url + prefix)), session, by);
    const request = await source();
    const socket = new WebSocket(addressOf(request), {
      headers: request.headers,
      perMessageDeflate: false,
    });
    await new Promise((resolve) => socket.once('error', resolve));
    const [seen] = upgrades;
    if (seen === undefined) throw new Error('no upgrade arrived');
    return seen;
  }

  it('asks for sshd of the session by its id, signed', async () => {
    const seen = await upgradedWith('id');
    expect(seen.target).toBe(`/stream/session/${session.id}/tcpproxy?app=sshd`);
    expect(seen.headers['content-type']).toBe('application/json');
    expectSigned(seen);
  });

  it('asks by name in bytes that the WebSocket library leaves alone', async () => {
    const seen = await upgradedWith('name', '/bai');
    expect(decodeURIComponent(seen.target)).toBe(
      `/bai/stream/session/${session.name}/tcpproxy?app=sshd`,
    );
    expectSigned(seen);
  });

  it('makes a wss address of an https endpoint, and asks for the version first', async () => {
    const client = apiClient(testCredentials('https://127.0.0.1:1'));
    await expect(upgradeSource(client, session)()).rejects.toMatchObject({
      code: 'connection-refused',
    });
  });
});

describe('a client within a limit', () => {
  const reason = new BaiError('enough', 'it took too long', 'wait');
  const call = { method: 'GET', path: '/a' } as const;

  /** Answers nothing to `target`, and counts the connections that are open. */
  async function silentAt(target: string): Promise<{ url: string; asked: Promise<unknown[]> }> {
    const server = http.createServer((request, response) => {
      if (request.url === target) server.emit('asked', request.socket);
      else response.end(JSON.stringify({ version: 'v9.20250722', manager: '26.8.1' }));
    });
    const asked = once(server, 'asked');
    return { url: await listen(server), asked };
  }

  it.each(['/', '/a'])(
    'ends while %s is not answered, and lets go of the connection',
    async (at) => {
      const { url, asked } = await silentAt(at);
      const limit = new AbortController();
      const outcome = apiClient(testCredentials(url)).within(limit.signal).callForJson(call);
      const ended = outcome.catch((error: unknown) => error);
      const [socket] = (await asked) as [Socket];
      const closed = once(socket, 'close');
      limit.abort(reason);
      expect(await ended).toBe(reason);
      await closed;
    },
  );

  it('takes the greeting from nobody else who waits for it', async () => {
    const greetings: http.ServerResponse[] = [];
    const server = http.createServer((request, response) => {
      if (request.url === '/') server.emit('greeted', greetings.push(response));
      else response.end('{}');
    });
    const client = apiClient(testCredentials(await listen(server)));
    const limit = new AbortController();
    const greeted = once(server, 'greeted');
    const limited = client.within(limit.signal).callForJson(call);
    const other = client.within(new AbortController().signal).callForJson(call);
    await greeted;
    limit.abort(reason);
    await expect(limited).rejects.toBe(reason);
    greetings[0]?.end(JSON.stringify(GREETING));
    expect(await other).toEqual({});
    expect(greetings).toHaveLength(1);
  });

  it('asks nothing more after it, and leaves the client without a limit alone', async () => {
    const { url, seen } = await serve(({ target }) => (target === '/a' ? { body: {} } : undefined));
    const client = apiClient(testCredentials(url));
    const limited = client.within(AbortSignal.abort(reason));
    await expect(limited.callForJson(call)).rejects.toBe(reason);
    expect(await client.callForJson(call)).toEqual({});
    expect(seen.map(({ target }) => target)).toEqual(['/', '/a']);
  });

  it('does not wait for the rate limit', async () => {
    const { url } = await serve(({ target }) =>
      target === '/a' ? { status: 429, headers: { 'Retry-After': '7' } } : undefined,
    );
    const pauses: number[] = [];
    const sleep = (milliseconds: number): Promise<void> => {
      pauses.push(milliseconds);
      return Promise.resolve();
    };
    const client = apiClient(testCredentials(url), { sleep });
    const limited = client.within(new AbortController().signal);
    await expect(limited.callForJson(call)).rejects.toMatchObject({ code: 'rate-limited' });
    expect(pauses).toEqual([]);
  });
});
