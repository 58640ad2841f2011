import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import type { BaiError } from '../../src/errors.js';
import { openTunnel, type Tunnel, type TunnelOptions } from '../../src/tunnel/tunnel.js';
import type { UpgradeRequest } from '../../src/tunnel/upgrade.js';

/** What a test needs to have undone at its end. */
export class Cleanup {
  readonly #actions: (() => unknown)[] = [];

  add(action: () => unknown): void {
    this.#actions.push(action);
  }

  async run(): Promise<void> {
    for (const action of this.#actions.splice(0).reverse()) await action();
  }
}

export interface Manager {
  readonly url: string;
  readonly port: number;
  /** Headers of each upgrade request, in order. */
  readonly requests: IncomingHttpHeaders[];
  /** WebSockets open now. */
  readonly open: ReadonlySet<WebSocket>;
}

/**
 * A WebSocket server of package `ws` on loopback that would take compression if offered, as the real
 * manager would, and passes each connection to `serve`.
 */
export async function startManager(
  cleanup: Cleanup,
  serve: (socket: WebSocket, raw: Socket) => void,
): Promise<Manager> {
  const requests: IncomingHttpHeaders[] = [];
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: true });
  server.prependListener('upgrade', (request: IncomingMessage) => requests.push(request.headers));
  sockets.on('connection', (socket, request) => {
    socket.on('error', () => undefined);
    serve(socket, request.socket);
  });
  const port = await listenAnywhere(server);
  cleanup.add(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    server.close();
  });
  return { url: `ws://127.0.0.1:${port}/stream`, port, requests, open: sockets.clients };
}

/** Binds a server to a port that the system chooses. */
export async function listenAnywhere(server: {
  listen(port: number, host: string): unknown;
  address(): AddressInfo | string | null;
}): Promise<number> {
  await once(server.listen(0, '127.0.0.1') as never, 'listening');
  return (server.address() as AddressInfo).port;
}

interface TestTunnel extends Tunnel {
  /** Failures reported so far. */
  readonly failures: BaiError[];
}

/** What asks for a WebSocket at a `ws:` or `wss:` address with a port. */
export function upgradeTo(url: string): UpgradeRequest {
  const { protocol, hostname, port, host, pathname } = new URL(url);
  const server = { secure: protocol === 'wss:', hostname, port: Number(port), host };
  return { server, target: pathname, headers: { Authorization: 'secret' } };
}

/** A tunnel to `url` with short waits. */
export async function startTunnel(
  cleanup: Cleanup,
  url: string,
  options: Partial<TunnelOptions> = {},
): Promise<TestTunnel> {
  const failures: BaiError[] = [];
  const tunnel = await openTunnel({
    port: 0,
    upgrade: () => Promise.resolve(upgradeTo(url)),
    onFailure: (failure) => failures.push(failure),
    ...options,
    timing: { linger: 150, close: 300, preAuth: 50, retry: 10, retryFor: 100, ...options.timing },
  });
  cleanup.add(() => tunnel.close());
  return Object.assign(Object.create(tunnel) as Tunnel, { failures });
}

/** How a client saw its connection end. */
type Ending = 'fin' | 'reset';

export interface Client {
  readonly socket: Socket;
  /** Bytes received so far. */
  received(): Buffer;
  /** Resolves when `count` bytes were received in all. */
  has(count: number): Promise<void>;
  readonly ended: Promise<Ending>;
}

/** A TCP client that notes what it gets and how it ends. */
export async function startClient(cleanup: Cleanup, port: number): Promise<Client> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  cleanup.add(() => socket.destroy());
  const chunks: Buffer[] = [];
  let size = 0;
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
  });
  // A reset can come so early that it ends the connecting.
  const ended = new Promise<Ending>((resolve) => {
    socket.on('error', () => {
      resolve('reset');
    });
    // libuv may show a reset that follows data as an end; a write tells them apart at once.
    socket.on('end', () => {
      if (socket.writableEnded) resolve('fin');
      else {
        socket.write('x', (error) => {
          resolve(error ? 'reset' : 'fin');
        });
      }
    });
  });
  await Promise.race([ended, new Promise((resolve) => socket.once('connect', resolve))]);
  return {
    socket,
    ended,
    received: () => Buffer.concat(chunks),
    has: async (count) => {
      while (size < count) await once(socket, 'data');
    },
  };
}

/** Waits until `condition` holds. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
