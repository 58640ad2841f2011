import { randomBytes } from 'node:crypto';
import http, { type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { closer } from './closing.js';
import { secret } from './secrets.js';

/**
 * An HTTP proxy as companies have one: it connects its clients by CONNECT (RFC 9110, section 9.3.6),
 * always to this computer, whatever host name they ask for.
 */
export class HttpProxy {
  /** `http://127.0.0.1:port`. */
  endpoint = '';
  /** Every `host:port` that it was asked for. */
  readonly asked: string[] = [];
  readonly username = 'proxy-user';
  /** Secret. */
  readonly password = secret(randomBytes(12).toString('base64url'));
  /** Whether it wants these two. */
  wantsPassword = false;
  /** Whether it connects nobody. */
  forbids = false;
  #close: () => Promise<void> = () => Promise.resolve();

  async start(): Promise<void> {
    const server = http.createServer((_, response) => {
      response.writeHead(405).end();
    });
    server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
      this.#connect(request, client, head);
    });
    this.#close = closer(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    this.endpoint = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  }

  close(): Promise<void> {
    return this.#close();
  }

  #connect(request: IncomingMessage, client: Duplex, head: Buffer): void {
    const target = request.url ?? '';
    const refusal = this.#refusal(request);
    if (refusal !== null) {
      client.end(`HTTP/1.1 ${refusal}\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.asked.push(target);
    const upstream = connect(Number(target.split(':').at(-1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
  }

  #refusal({ headers }: IncomingMessage): string | null {
    if (this.forbids) return '403 Forbidden';
    const pair = Buffer.from(`${this.username}:${this.password}`).toString('base64');
    if (!this.wantsPassword || headers['proxy-authorization'] === `Basic ${pair}`) return null;
    return '407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="demo"';
  }
}
