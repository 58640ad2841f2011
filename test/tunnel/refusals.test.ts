import { createServer as createHttpServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { BaiError } from '../../src/errors.js';
import type { Timing } from '../../src/tunnel/timing.js';
import { Cleanup, listenAnywhere, startClient, startTunnel, until } from './manager.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/** A server that does `serve` with each TCP connection. */
async function startRaw(serve: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    cleanup.add(() => socket.destroy());
    serve(socket.resume());
  });
  const port = await listenAnywhere(server);
  cleanup.add(() => server.close());
  return `ws://127.0.0.1:${port}/stream`;
}

/** A server that answers each upgrade with this text after its request. */
function startAnswering(...parts: string[]): Promise<string> {
  return startRaw((socket) => {
    socket.once('data', () => {
      for (const part of parts) socket.write(part);
    });
  });
}

/** What a client of a tunnel to `url` meets. It must be a reset, at once, without a byte. */
async function failureOf(url: string, timing?: Partial<Timing>): Promise<BaiError> {
  const tunnel = await startTunnel(cleanup, url, timing ? { timing } : {});
  const client = await startClient(cleanup, tunnel.port);
  client.socket.write('SSH-2.0-test\r\n');
  expect(await client.ended).toBe('reset');
  expect(client.received()).toHaveLength(0);
  await until(() => tunnel.failures.length > 0 && tunnel.connections === 0);
  expect(tunnel.failures).toHaveLength(1);
  const [failure] = tunnel.failures;
  if (!(failure instanceof BaiError)) throw new Error('no failure reported');
  return failure;
}

describe('a refused upgrade', () => {
  const seen = new Map<string, string>();

  it.each([400, 401, 403, 404, 429, 500, 502, 503, 418])(
    'HTTP %i resets the client and is reported with the words of the manager',
    async (status) => {
      const server = createHttpServer();
      server.on('upgrade', (_request, socket) => {
        const body = JSON.stringify({
          type: 'https://api.backend.ai/probs/x',
          title: 'A title.',
          msg: `the reason\nof ${status}`,
        });
        socket.end(
          `HTTP/1.1 ${status} No\r\nContent-Type: application/problem+json\r\n` +
            `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
        );
      });
      const port = await listenAnywhere(server);
      cleanup.add(() => server.close());
      const failure = await failureOf(`ws://127.0.0.1:${port}/stream`);
      expect(failure.code).toBe(`tunnel-refused-${status}`);
      expect(failure.details).toMatchObject({
        status,
        problem: `A title.: the reason of ${status}`,
      });
      expect(failure.message).toContain(`HTTP ${status}: A title.: the reason of ${status}`);
      expect(seen.has(failure.hint)).toBe(false);
      seen.set(failure.hint, failure.message);
    },
  );

  it('understands a chunked answer and one that ends with the connection', async () => {
    const body = '{"title":"No such session."}';
    const chunked = await startAnswering(
      'HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n',
      `${(10).toString(16)}\r\n${body.slice(0, 10)}\r\n`,
      `${(body.length - 10).toString(16)};x=y\r\n${body.slice(10)}\r\n0\r\n\r\n`,
    );
    expect((await failureOf(chunked)).message).toContain('No such session.');
    const closing = await startRaw((socket) => {
      socket.once('data', () => socket.end(`HTTP/1.1 404 Not Found\r\n\r\n${body}`));
    });
    expect((await failureOf(closing)).message).toContain('No such session.');
  });

  it.each([
    ['503', 'HTTP/1.1 503 No\r\nContent-Length: 10\r\n\r\n{"ti', 'tunnel-refused-503'],
    ['302', 'HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n', 'tunnel-redirected'],
    ['304', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n', 'tunnel-redirected'],
    ['chunked 502', 'HTTP/1.1 502 No\r\nTransfer-Encoding: chunked\r\n\r\n5', 'tunnel-refused-502'],
  ])('does not wait for words that do not follow a %s', async (_name, answer, code) => {
    const url = await startAnswering('HTTP/1.1 103 Early Hints\r\n\r\n', answer);
    expect((await failureOf(url, { handshake: 600_000 })).code).toBe(code);
  });

  it('waits a moment for words that come later', async () => {
    const body = '{"title":"No such session."}';
    const url = await startRaw((socket) => {
      socket.once('data', () => {
        socket.write(`HTTP/1.1 404 No\r\nContent-Length: ${body.length}\r\n\r\n`, () => {
          setTimeout(() => socket.write(body), 50);
        });
      });
    });
    expect((await failureOf(url)).message).toContain('No such session.');
  });

  it('does not follow a redirect', async () => {
    const url = await startAnswering(
      'HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n',
    );
    expect(await failureOf(url)).toMatchObject({
      code: 'tunnel-redirected',
      details: { status: 302 },
    });
  });

  it('recognises a web page', async () => {
    const page = '<html>'.padEnd(100_000, 'x');
    const url = await startAnswering(
      `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\n\r\n${page}`,
    );
    expect((await failureOf(url)).code).toBe('tunnel-not-a-manager');
  });

  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    [
      'a wrong Sec-WebSocket-Accept',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\nSSH-2.0-evil\r\n',
    ],
    ['no Upgrade header', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n'],
  ])('does not accept %s', async (_name, answer) => {
    const failure = await failureOf(await startAnswering(answer));
    expect(failure.code).toBe('tunnel-upgrade-broken');
  });

  it('is given up when no answer comes', async () => {
    const url = await startRaw(() => undefined);
    expect((await failureOf(url, { handshake: 100 })).code).toBe('tunnel-timeout');
  });

  it('is given up when the answer comes too slowly', async () => {
    const url = await startRaw((socket) => {
      const timer = setInterval(() => socket.write('H'), 10);
      socket.on('close', () => {
        clearInterval(timer);
      });
    });
    const failure = await failureOf(url, { handshake: 100 });
    expect(['tunnel-timeout', 'tunnel-upgrade-broken']).toContain(failure.code);
  });

  it('tells an endpoint that refuses connections from one that hangs up', async () => {
    const closed = createServer();
    const port = await listenAnywhere(closed);
    await new Promise((resolve) => closed.close(resolve));
    expect((await failureOf(`ws://127.0.0.1:${port}/`)).code).toBe('tunnel-econnrefused');
    const url = await startRaw((socket) => socket.resetAndDestroy());
    expect((await failureOf(url)).code).toBe('tunnel-econnreset');
  });

  it('says that the endpoint does not speak TLS', async () => {
    const url = await startAnswering('HTTP/1.1 400 Bad Request\r\n\r\n');
    expect((await failureOf(url.replace('ws:', 'wss:'))).code).toBe('tunnel-tls');
  });

  it('passes on a failure of the upgrade source as it is', async () => {
    const failure = new BaiError('not-signed-in', 'no sign-in', 'sign in');
    const tunnel = await startTunnel(cleanup, 'ws://127.0.0.1:1/', {
      upgrade: () => Promise.reject(failure),
    });
    const client = await startClient(cleanup, tunnel.port);
    expect(await client.ended).toBe('reset');
    await until(() => tunnel.failures.length === 1);
    expect(tunnel.failures[0]).toBe(failure);
  });

  it('is not awaited by a client that has gone', async () => {
    let upstream: Socket | undefined;
    const url = await startRaw((socket) => (upstream = socket));
    const tunnel = await startTunnel(cleanup, url);
    const client = await startClient(cleanup, tunnel.port);
    await until(() => upstream !== undefined);
    client.socket.resetAndDestroy();
    await until(() => tunnel.connections === 0 && upstream?.destroyed === true);
    expect(tunnel.failures).toEqual([]);
  });
});
