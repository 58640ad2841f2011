/**
 * One contender in a process of its own: `node contender.mjs KIND WEBSOCKET_URL PLAIN_PORT`. Tells its
 * parent `{port}` when it listens, and `{cpu, rss}` (seconds, bytes) whenever it is asked.
 *   ours    the tunnel of this project
 *   pipe    a plain TCP proxy of Node, the least that a Node program can do
 *   standin what the local proxy of Backend.AI's desktop app does: package ws, its stream, piped; the
 *           accepted socket is left with Nagle's algorithm on
 *   tls     a TLS server before the backend's WebSocket port, for all contenders alike
 */
import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import process from 'node:process';
import { createServer as createTlsServer } from 'node:tls';
import { URL } from 'node:url';

const [kind, url, plainPort] = process.argv.slice(2);

/** As much hashing as the desktop app does for a signature. */
function sign() {
  const date = new Date().toISOString();
  const text = `GET\n/stream\n${date}\nhost:x\ncontent-type:application/json\n${createHash('sha256').digest('hex')}`;
  const day = createHmac('sha256', 'secret').update(date.slice(0, 10)).digest();
  const key = createHmac('sha256', day).update('host').digest();
  const signature = createHmac('sha256', key).update(text).digest('hex');
  return {
    Date: date,
    Authorization: `BackendAI signMethod=HMAC-SHA256, credential=A:${signature}`,
  };
}

function listening(server) {
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
}

const kinds = {
  async ours() {
    const { openTunnel } = await import('../../dist/src/tunnel/tunnel.js');
    const { signingAuthenticator } = await import('../../dist/src/manager/authenticator.js');
    const { headers: sign } = signingAuthenticator({ accessKey: 'A', secretKey: 'secret' });
    const { protocol, hostname, host, port, pathname: target } = new URL(url);
    const server = { secure: protocol === 'wss:', hostname, host, port: Number(port) };
    const signed = {
      method: 'GET',
      target,
      host,
      contentType: 'application/json',
      apiVersion: 'v8',
    };
    const tunnel = await openTunnel({
      port: 0,
      upgrade: () =>
        Promise.resolve({ server, target, headers: sign({ ...signed, now: new Date() }) }),
      onFailure: (failure) => process.stderr.write(`ours: ${failure.message}\n`),
    });
    process.send({ port: tunnel.port });
  },

  async pipe() {
    listening(
      createServer({ noDelay: true }, (socket) => {
        const target = connect({ port: Number(plainPort), host: '127.0.0.1', noDelay: true });
        socket.on('error', () => target.destroy());
        target.on('error', () => socket.destroy());
        socket.pipe(target);
        target.pipe(socket);
      }),
    );
  },

  async standin() {
    const { WebSocket, createWebSocketStream } = await import('ws');
    listening(
      createServer((socket) => {
        const upstream = new WebSocket(url, { headers: sign(), perMessageDeflate: false });
        socket.on('error', () => upstream.terminate());
        upstream.on('error', () => socket.destroy());
        upstream.on('open', () => {
          const stream = createWebSocketStream(upstream);
          stream.on('error', () => socket.destroy());
          stream.pipe(socket);
          socket.pipe(stream);
        });
      }),
    );
  },

  async tls() {
    const target = Number(new URL(url).port);
    const pem = readFileSync(process.env.BENCH_TLS_PEM);
    const server = createTlsServer({ key: pem, cert: pem, noDelay: true }, (socket) => {
      const backend = connect({ port: target, host: '127.0.0.1', noDelay: true });
      socket.on('error', () => backend.destroy());
      backend.on('error', () => socket.destroy());
      socket.pipe(backend);
      backend.pipe(socket);
    });
    listening(server);
  },
};

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send({ cpu: (user + system) / 1e6, rss: process.memoryUsage.rss() });
});
process.on('disconnect', () => process.exit());
await kinds[kind]();
