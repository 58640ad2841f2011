import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { BaiError } from '../errors.js';
import * as failures from './failures.js';
import { AnswerReader, newKey, upgradeRequest, type Answer } from './handshake.js';
import type { Link, LinkEvents } from './link.js';
import { ReadBlocks } from './reader.js';
import type { Timing } from './timing.js';
import type { UpgradeRequest } from './upgrade.js';
import { ClientWebSocket } from './websocket.js';

/**
 * Takes the `size` bytes that a socket read into `bytes`; `hold` as in `ReadBlocks.filled`. Returns
 * whether to go on reading.
 */
type Receiver = (bytes: Buffer, size: number, hold: () => () => void) => boolean;

/**
 * Opens one WebSocket. Redirects are not followed: a signature is for one address.
 * @throws BaiError for each way that it can fail; the signal's reason when it aborts first
 */
export async function dial(
  request: UpgradeRequest,
  events: LinkEvents,
  timing: Timing,
  signal: AbortSignal,
): Promise<Link> {
  const { connect } = request;
  if (connect === undefined) return upgrade(request, null, events, timing, signal);
  const socket = await connectBy(connect, new URL(request.url).host, timing, signal);
  return upgrade(request, socket, events, timing, signal);
}

/** @param given the connection, where it is open already */
function upgrade(
  { url, headers }: UpgradeRequest,
  given: Socket | null,
  events: LinkEvents,
  timing: Timing,
  signal: AbortSignal,
): Promise<Link> {
  const target = new URL(url);
  const { host } = target;
  const key = newKey();
  const request = upgradeRequest(target, headers, key);
  const answer = new AnswerReader(key);
  return new Promise((resolve, reject) => {
    let link: ClientWebSocket | null = null;
    let receive: Receiver = (bytes, size) => {
      const known = answer.push(bytes.subarray(0, size));
      if (known !== null) conclude(known);
      return true;
    };
    const deliver: Receiver = (bytes, size, hold) => receive(bytes, size, hold);
    const socket = given === null ? openSocket(target, deliver) : readFrom(given, deliver);

    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
    };
    const fail = (error: Error): void => {
      if (link !== null) return;
      receive = () => false;
      settle();
      socket.destroy();
      reject(error);
    };
    const conclude = (known: Answer): void => {
      if (known.kind === 'broken') fail(failures.upgradeBroken(host, known.found));
      else if (known.kind === 'refused')
        fail(failures.upgradeRefused(host, known.status, known.body));
      else open(known.rest);
    };
    const open = (rest: Buffer): void => {
      settle();
      const opened = new ClientWebSocket(socket, host, events, timing);
      link = opened;
      receive = (bytes, size, hold) => opened.received(bytes, size, hold);
      resolve(opened);
      // These bytes are a copy of their own: there is nothing to hold.
      if (rest.length > 0) opened.received(rest, rest.length, () => () => undefined);
    };
    const aborted = (): void => {
      fail(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      if (answer.silent) fail(failures.upgradeTimeout(host, timing.handshake));
      else conclude(answer.end());
    }, timing.handshake);
    signal.addEventListener('abort', aborted, { once: true });

    socket.on('error', (error) => {
      if (link !== null) link.disconnected(error.message);
      else fail(failures.unreachable(host, error));
    });
    socket.on('end', () => {
      if (link !== null) link.disconnected('');
      else if (answer.silent) fail(failures.hungUp(host));
      else conclude(answer.end());
    });
    socket.on('close', () => link?.disconnected(''));
    socket.write(request);
  });
}

/** The connection that `connect` opens, in time. One that comes too late is thrown away. */
function connectBy(
  connect: () => Promise<Socket>,
  host: string,
  timing: Timing,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    let over = false;
    const fail = (error: Error): void => {
      over = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      reject(error);
    };
    const aborted = (): void => {
      fail(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      fail(failures.upgradeTimeout(host, timing.handshake));
    }, timing.handshake);
    signal.addEventListener('abort', aborted, { once: true });
    connect().then(
      (socket) => {
        if (over) {
          socket.on('error', () => undefined);
          socket.destroy();
          return;
        }
        clearTimeout(timer);
        signal.removeEventListener('abort', aborted);
        resolve(socket);
      },
      (error: unknown) => {
        fail(error instanceof BaiError ? error : failures.unreachable(host, error));
      },
    );
  });
}

/** Lets an open connection deliver what it reads; each chunk is memory of its own. */
function readFrom(socket: Socket, receive: Receiver): Socket {
  socket.on('data', (chunk: Buffer) => {
    if (!receive(chunk, chunk.length, () => () => undefined)) socket.pause();
  });
  return socket;
}

/** Opens the TCP or TLS connection; what it reads goes to `receive`, in memory that is used again. */
function openSocket(url: URL, receive: Receiver): Socket {
  const blocks = new ReadBlocks();
  const secure = url.protocol === 'wss:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const options = {
    host,
    port: Number(url.port) || (secure ? 443 : 80),
    onread: {
      buffer: () => blocks.current,
      callback: (size: number) => {
        let more = true;
        blocks.filled(size, (bytes, hold) => {
          more = receive(bytes, size, hold);
        });
        return more;
      },
    },
  };
  const socket = secure
    ? connectTls({
        ...options,
        ALPNProtocols: ['http/1.1'],
        ...(isIP(host) === 0 ? { servername: host } : {}),
      })
    : connectTcp(options);
  // Not as an option: tls.connect would ignore it.
  socket.setNoDelay(true);
  socket.once('close', () => {
    blocks.end();
  });
  return socket;
}
