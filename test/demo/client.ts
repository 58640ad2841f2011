import { createHash, createHmac } from 'node:crypto';
import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';
import WebSocket, { createWebSocketStream } from 'ws';
import type { Demo } from '../../src/demo/index.js';

/** A client of a few lines, written apart from the product, to judge the demo. */

export interface Signed {
  readonly method: string;
  readonly target: string;
  readonly date: string;
  readonly host: string;
  readonly contentType: string;
  readonly apiVersion: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** The value of the Authorization header. */
export function authorization(request: Signed): string {
  const mac = (key: string | Buffer, text: string) =>
    createHmac('sha256', key).update(text).digest();
  const day = request.date.slice(0, 10).replaceAll('-', '').slice(0, 8);
  const key = mac(mac(request.secretKey, day), request.host);
  const text = [
    request.method,
    request.target,
    request.date,
    `host:${request.host}`,
    `content-type:${request.contentType}`,
    `x-backendai-version:${request.apiVersion}`,
    createHash('sha256').update('').digest('hex'),
  ].join('\n');
  const signature = mac(key, text).toString('hex');
  return `BackendAI signMethod=HMAC-SHA256, credential=${request.accessKey}:${signature}`;
}

/** Headers of a signed request to the demo; `overrides` are applied before signing. */
export function headers(
  demo: Demo,
  method: string,
  target: string,
  overrides: Partial<Signed> = {},
): Record<string, string> {
  const signed: Signed = {
    method,
    target,
    date: new Date().toISOString(),
    host: new URL(demo.endpoint).host,
    contentType: 'application/json',
    apiVersion: 'v6.20220615',
    accessKey: demo.accessKey,
    secretKey: demo.secretKey,
    ...overrides,
  };
  return {
    Date: signed.date,
    'X-BackendAI-Version': signed.apiVersion,
    'Content-Type': signed.contentType,
    Authorization: authorization(signed),
  };
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly json: Record<string, unknown>;
}

/** Sends a signed request. */
export async function call(
  demo: Demo,
  method: string,
  target: string,
  body?: object,
  overrides?: Partial<Signed>,
): Promise<Reply> {
  const response = await fetch(demo.endpoint + target, {
    method,
    headers: headers(demo, method, target, overrides),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    json: isJson ? (JSON.parse(bytes.toString()) as Record<string, unknown>) : {},
  };
}

/** A WebSocket to a session's sshd, not yet open. */
export function tunnel(demo: Demo, session: string, query = '?app=sshd'): WebSocket {
  const target = `/stream/session/${session}/tcpproxy${query}`;
  return new WebSocket(demo.endpoint.replace('http:', 'ws:') + target, {
    perMessageDeflate: false,
    headers: headers(demo, 'GET', target),
  });
}

/** The status and problem with which an upgrade is refused. */
export function refusal(socket: WebSocket): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    socket.on('open', () => {
      reject(new Error('the upgrade was accepted'));
    });
    socket.on('error', reject);
    socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body });
      });
    });
  });
}

/** The code that a WebSocket is closed with. */
export function closing(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.on('close', resolve);
  });
}

/** Logs in with package ssh2, through the tunnel or, with a port, directly. */
export function login(
  demo: Demo,
  session: string,
  config: ssh2.ConnectConfig = {},
): Promise<ssh2.Client> {
  const stream = (): Duplex => createWebSocketStream(tunnel(demo, session));
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    client.on('ready', () => {
      resolve(client);
    });
    client.on('error', reject);
    client.connect({
      ...(config.port === undefined ? { sock: stream() } : { host: '127.0.0.1' }),
      username: 'work',
      privateKey: demo.session(session).privateKey,
      ...config,
    });
  });
}

export function sftp(client: ssh2.Client): Promise<ssh2.SFTPWrapper> {
  return new Promise((resolve, reject) => {
    client.sftp((error, wrapper) => {
      if (error === undefined) resolve(wrapper);
      else reject(error);
    });
  });
}
