import http from 'node:http';
import https from 'node:https';
import net from 'node:net';

import { beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';

import { apiClient, type ClientOptions } from '../../src/manager/client.js';
import { Connection, type ConnectionOptions } from '../../src/manager/connection.js';
import { parseEndpoint } from '../../src/manager/endpoint.js';
import type { HttpAnswer } from '../../src/manager/transport.js';
import { addressOf } from './address-of.js';
import { certify } from './certificates.js';
import { GREETING, listen, testCredentials } from './fake-server.js';

/** A name that no resolver knows (RFC 6761, section 6.4): only the proxy can reach it. */
const NAME = 'manager.invalid';

/** Milliseconds that making RSA keys may take on a busy machine. */
const MAKING_KEYS = 60_000;

let trust: ReturnType<typeof certify>;

beforeAll(() => {
  trust = certify(NAME);
}, MAKING_KEYS);

const answerGreeting: http.RequestListener = (_request, response) => {
  response.end(JSON.stringify(GREETING));
};

async function secureSite(): Promise<{ url: string; server: https.Server }> {
  const server = https.createServer(trust.server, answerGreeting);
  const url = await listen(server);
  return { url: url.replace('http://127.0.0.1', `https://${NAME}`), server };
}

/** A proxy that connects to this computer, whatever name it is asked for. */
async function proxy(
  answer: (request: http.IncomingMessage) => number = () => 200,
): Promise<{ url: string; asked: http.IncomingMessage[] }> {
  const asked: http.IncomingMessage[] = [];
  const server = http.createServer((_request, response) => {
    response.writeHead(400).end();
  });
  server.on('connect', (request, client, head) => {
    asked.push(request);
    const status = answer(request);
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const port = Number(request.url?.split(':').at(-1));
    const upstream = net.connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    client.on('close', () => upstream.destroy());
  });
  return { url: await listen(server), asked };
}

function get(url: string, options: ConnectionOptions): Promise<HttpAnswer> {
  const connection = new Connection(parseEndpoint(url), options);
  return connection.send('GET', '/', { headers: {}, maxBytes: 1024 });
}

describe('a route through a proxy', () => {
  it('reaches a plain endpoint', async () => {
    const site = await listen(http.createServer(answerGreeting));
    const through = await proxy();
    const url = site.replace('127.0.0.1', NAME);
    const answer = await get(url, { env: { HTTP_PROXY: through.url } });
    expect(JSON.parse(answer.body.toString())).toEqual(GREETING);
    expect(through.asked.map(({ url }) => url)).toEqual([url.slice('http://'.length)]);
  });

  it('reaches a TLS endpoint, checks its certificate, and keeps the connection', async () => {
    const { url } = await secureSite();
    const through = await proxy();
    const lines: string[] = [];
    const connection = new Connection(parseEndpoint(url), {
      env: { HTTPS_PROXY: through.url },
      ca: [trust.ca],
      log: (line) => lines.push(line),
    });
    for (let count = 0; count < 2; count++) {
      const answer = await connection.send('GET', '/', { headers: {}, maxBytes: 1024 });
      expect(answer.status).toBe(200);
    }
    expect(through.asked).toHaveLength(1);
    expect(lines[0]).toMatch(/^GET \/ via 127\.0\.0\.1:\d+ 200 \d+ ms$/u);
    await expect(get(url, { proxy: through.url })).rejects.toMatchObject({ code: 'tls-untrusted' });
  });

  it('refuses a certificate for another name behind a proxy', async () => {
    const { url } = await secureSite();
    const through = await proxy();
    await expect(
      get(url.replace(NAME, `other-${NAME}`), { proxy: through.url, ca: [trust.ca] }),
    ).rejects.toMatchObject({ code: 'tls-wrong-name' });
  });

  it('carries a WebSocket on a connection of its own', async () => {
    const { url, server } = await secureSite();
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket) => {
      socket.send('hello');
    });
    const through = await proxy();
    const client = apiClient(testCredentials(url), { proxy: through.url, ca: [trust.ca] });
    const upgrade = await client.upgrade('/stream/x', {});
    const { headers } = upgrade;
    const connection = await upgrade.connect?.();
    if (connection === undefined) throw new Error('a route through a proxy opens connections');
    const socket = new WebSocket(addressOf(upgrade), {
      headers,
      createConnection: () => connection,
    });
    const message = await new Promise((resolve, reject) => {
      socket.once('message', (data: Buffer) => {
        resolve(data.toString());
      });
      socket.once('error', reject);
    });
    expect(message).toBe('hello');
    expect(through.asked).toHaveLength(2);
    socket.terminate();
  });

  it('gives the password to the proxy and to no one else', async () => {
    const { url } = await secureSite();
    const through = await proxy(({ headers }) =>
      headers['proxy-authorization'] === undefined ? 407 : 200,
    );
    await expect(get(url, { proxy: through.url, ca: [trust.ca] })).rejects.toMatchObject({
      code: 'proxy-needs-password',
    });
    const lines: string[] = [];
    const options = { ca: [trust.ca], log: (line: string) => lines.push(line) };
    await get(url, { proxy: through.url.replace('//', '//me:hunter2@'), ...options });
    expect(through.asked[1]?.headers['proxy-authorization']).toBe(
      `Basic ${Buffer.from('me:hunter2').toString('base64')}`,
    );
    expect(lines.join()).not.toContain('hunter2');
  });

  it('tells a proxy that refuses, one that is not there, and one that is slow', async () => {
    const { url } = await secureSite();
    const forbidding = await proxy(() => 403);
    await expect(get(url, { proxy: forbidding.url })).rejects.toMatchObject({
      code: 'proxy-refused',
      message: expect.stringContaining('403') as string,
    });
    const gone = http.createServer();
    const absent = await listen(gone);
    await new Promise((resolve) => gone.close(resolve));
    await expect(get(url, { proxy: absent })).rejects.toMatchObject({ code: 'proxy-unreachable' });
    const mute = http.createServer().on('connect', (_request, socket) => {
      socket.on('error', () => undefined);
    });
    const timeouts = { connect: 300, answer: 15_000, body: 15_000 };
    await expect(get(url, { proxy: await listen(mute), timeouts })).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:proxy|connect)-timeout$/u) as string,
    });
  });
});

describe('trust', () => {
  const local = async (): Promise<{ url: string; ca: string }> => {
    const { ca, server } = certify('127.0.0.1');
    const url = await listen(https.createServer(server, answerGreeting));
    return { url: url.replace('http:', 'https:'), ca };
  };

  it('takes a named authority, and any certificate where told so', async () => {
    const { url, ca } = await local();
    await expect(get(url, {})).rejects.toMatchObject({ code: 'tls-untrusted' });
    await expect(get(url, { ca: [ca] })).resolves.toMatchObject({ status: 200 });
    await expect(get(url, { insecure: true })).resolves.toMatchObject({ status: 200 });
  });

  it("asks the operating system's store only where a certificate is unknown", async () => {
    const { url, ca } = await local();
    let reads = 0;
    const lines: string[] = [];
    const options: ClientOptions = {
      log: (line) => lines.push(line),
      systemAuthorities: () => {
        reads++;
        return [ca];
      },
    };
    const client = apiClient(testCredentials(url), options);
    await client.greeting();
    await client.call({ method: 'GET', path: '/a' });
    expect(reads).toBe(1);
    expect(lines[0]).toMatch(/^GET \/ tls-untrusted/u);
    expect(lines[1]).toBe('trusting the 1 authorities of the operating system as well');
    await expect(get(url, { ca: [ca], ...options })).resolves.toMatchObject({ status: 200 });
    expect(reads).toBe(1);
  });

  it('says that the certificate is unknown where the store does not know it either', async () => {
    const { url } = await local();
    const other = certify('127.0.0.1').ca;
    await expect(get(url, { systemAuthorities: () => [other] })).rejects.toMatchObject({
      code: 'tls-untrusted',
    });
    await expect(get(url, { systemAuthorities: () => [] })).rejects.toMatchObject({
      code: 'tls-untrusted',
    });
  });
});
