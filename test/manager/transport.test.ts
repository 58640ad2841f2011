import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { parseEndpoint } from '../../src/manager/endpoint.js';
import { Connection } from '../../src/manager/connection.js';
import type { HttpAnswer } from '../../src/manager/transport.js';
import { certify } from './certificates.js';
import { listen, serve } from './fake-server.js';

const PATIENT = { connect: 15_000, answer: 15_000, body: 15_000 };
const HASTY = { connect: 200, answer: 200, body: 200 };

const raw: net.Server[] = [];
const sockets: net.Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of raw.splice(0)) server.close();
});

function get(
  url: string,
  timeouts = PATIENT,
  maxBytes = 1024,
  ca: string[] = [],
): Promise<HttpAnswer> {
  const trust = ca.length === 0 ? {} : { ca };
  const connection = new Connection(parseEndpoint(url), { timeouts, ...trust });
  return connection.send('GET', '/x', { headers: {}, maxBytes });
}

async function listenRaw(onConnection: (socket: net.Socket) => void): Promise<number> {
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  raw.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('exchange', () => {
  it('returns status, headers and the whole body, whatever the status', async () => {
    const { url } = await serve(() => ({ status: 404, body: { a: 1 } }));
    const answer = await get(url);
    expect(answer.status).toBe(404);
    expect(answer.headers['content-type']).toMatch(/json/u);
    expect(answer.body.toString()).toBe('{"a":1}');
  });

  it('asks for answers that are not compressed', async () => {
    const { url, seen } = await serve(() => ({ body: { a: 1 } }));
    await get(url);
    expect(seen[0]?.headers['accept-encoding']).toBe('identity');
  });

  it('does not trust a connection from before a sleep, whoever used it', async () => {
    let connections = 0;
    const server = http.createServer((_request, response) => response.end('ok'));
    server.on('connection', () => connections++);
    const url = await listen(server);
    await get(url);
    const slept = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000);
    await get(url);
    slept.mockRestore();
    expect(connections).toBe(2);
  });

  it('keeps the connection for the next request', async () => {
    let connections = 0;
    const server = http.createServer((_request, response) => response.end('ok'));
    server.on('connection', () => connections++);
    const url = await listen(server);
    await get(url);
    await get(url);
    expect(connections).toBe(1);
  });

  it('replaces a kept connection that the server has closed', async () => {
    let served = 0;
    const port = await listenRaw((socket) => {
      socket.once('data', () => {
        served++;
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok');
        // The second request on this connection meets a server that resets.
        socket.once('data', () => socket.resetAndDestroy());
      });
    });
    await get(`http://127.0.0.1:${port}`);
    const answer = await get(`http://127.0.0.1:${port}`);
    expect(answer.body.toString()).toBe('ok');
    expect(served).toBe(2);
  });

  it('does not use a kept connection again after a sleep, in which it may have died', async () => {
    let connections = 0;
    const port = await listenRaw((socket) => {
      connections++;
      // What comes after the first request on a connection is never answered.
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
    });
    const endpoint = parseEndpoint(`http://127.0.0.1:${port}`);
    const connection = new Connection(endpoint, { timeouts: PATIENT });
    const message = { headers: {}, maxBytes: 1024 };
    await connection.send('GET', '/x', message);
    const wall = Date.now.bind(Date);
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => wall() + 3_600_000);
    try {
      expect((await connection.send('GET', '/x', message)).status).toBe(200);
    } finally {
      clock.mockRestore();
    }
    expect(connections).toBe(2);
  });

  it('does not follow a redirect and says where it points', async () => {
    const location = 'https://elsewhere.example.com/';
    const { url, seen } = await serve(() => ({ status: 308, headers: { location } }));
    await expect(get(url)).rejects.toMatchObject({
      code: 'redirected',
      message: expect.stringContaining(location) as string,
    });
    expect(seen).toHaveLength(1);
  });

  it('takes an answer up to the bound and none beyond', async () => {
    const { url } = await serve(() => ({ body: 'x'.repeat(1025) }));
    await expect(get(url, PATIENT, 1025)).resolves.toMatchObject({ status: 200 });
    await expect(get(url, PATIENT, 1024)).rejects.toMatchObject({ code: 'answer-too-large' });
  });

  it('tells that nothing listens', async () => {
    const port = await listenRaw(() => undefined);
    await new Promise((resolve) => raw.pop()?.close(resolve));
    await expect(get(`http://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'connection-refused',
      message: expect.stringContaining(String(port)) as string,
    });
  });

  it('tells that a name cannot be looked up', async () => {
    // No label is longer than 63 octets (RFC 1035, section 2.3.4), so no resolver is asked.
    await expect(get(`http://${'a'.repeat(64)}.invalid:8080`)).rejects.toMatchObject({
      code: 'host-not-found',
    });
  });

  it('tells a connection cut before and within the answer', async () => {
    const before = await listenRaw((socket) => socket.once('data', () => socket.destroy()));
    const within = await listenRaw((socket) =>
      socket.once('data', () => {
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
      }),
    );
    for (const port of [before, within]) {
      await expect(get(`http://127.0.0.1:${port}`)).rejects.toMatchObject({
        code: 'connection-lost',
      });
    }
  });

  it('tells what does not speak HTTP', async () => {
    const port = await listenRaw((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n'));
    await expect(get(`http://127.0.0.1:${port}`)).rejects.toMatchObject({ code: 'not-http' });
  });

  it('names the phase that took too long', async () => {
    const mute = await listenRaw(() => undefined);
    await expect(
      get(`http://127.0.0.1:${mute}`, { ...PATIENT, answer: 200 }),
    ).rejects.toMatchObject({
      code: 'answer-timeout',
      message: expect.stringContaining('0.2 s') as string,
    });
    // A handshake that never ends belongs to the connecting.
    await expect(get(`https://127.0.0.1:${mute}`, HASTY)).rejects.toMatchObject({
      code: 'connect-timeout',
    });
    const stalling = await listenRaw((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
      }),
    );
    await expect(
      get(`http://127.0.0.1:${stalling}`, { ...PATIENT, body: 200 }),
    ).rejects.toMatchObject({ code: 'transfer-timeout' });
  });

  it('explains TLS to a port that does not speak it', async () => {
    const { url } = await serve(() => ({}));
    await expect(get(url.replace('http:', 'https:'))).rejects.toMatchObject({
      code: 'tls-not-spoken',
      hint: expect.stringContaining(url) as string,
    });
  });

  it('explains a certificate of an unknown authority, of another name, and an expired one', async () => {
    const { ca, server } = certify('manager.invalid');
    const url = await listen(https.createServer(server));
    await expect(get(url.replace('http:', 'https:'))).rejects.toMatchObject({
      code: 'tls-untrusted',
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS') as string,
    });
    await expect(get(url.replace('http:', 'https:'), PATIENT, 1024, [ca])).rejects.toMatchObject({
      code: 'tls-wrong-name',
    });
    const old = certify('127.0.0.1', new Date('2021-01-01T00:00:00Z'));
    const expired = await listen(https.createServer(old.server));
    await expect(
      get(expired.replace('http:', 'https:'), PATIENT, 1024, [old.ca]),
    ).rejects.toMatchObject({ code: 'tls-not-valid-now' });
  });
});
