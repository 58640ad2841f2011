import type { Socket } from 'node:net';
import { BaiError } from '../errors.js';
import { Cancellation, Cancelled } from './cancellation.js';
import * as failures from './failures.js';
import { AnswerReader, newKey, upgradeRequest, type Answer } from './handshake.js';
import type { Link, LinkEvents } from './link.js';
import { openSocket, readFrom, type Receiver } from './socket.js';
import type { Timing } from './timing.js';
import type { UpgradeRequest, UpgradeSource } from './upgrade.js';
import { ClientWebSocket } from './websocket.js';

/**
 * How long a refusal may take to say why, in milliseconds after its head: servers send both at once, and
 * its number says most.
 */
const WORDS = 500;

/**
 * Opens one WebSocket, within `timing.handshake` from asking for the request to the answer. Redirects
 * are not followed: a signature is for one address.
 * @throws BaiError for each way that it can fail; Cancelled when that comes first
 */
export async function dial(
  source: UpgradeSource,
  events: LinkEvents,
  timing: Timing,
  cancellation: Cancellation,
): Promise<Link> {
  const limit = new Cancellation();
  const unlisten = cancellation.onCancel(() => {
    limit.cancel();
  });
  let host: string | null = null;
  const timer = setTimeout(() => {
    limit.cancel();
  }, timing.handshake);
  try {
    const request = await limit.race(source());
    host = request.server.host;
    const socket =
      request.connect === undefined ? null : await connectBy(request.connect, host, limit);
    return await upgrade(request, socket, events, timing, limit);
  } catch (error) {
    if (!(error instanceof Cancelled) || cancellation.cancelled) throw error;
    throw failures.dialTimeout(host, timing.handshake);
  } finally {
    clearTimeout(timer);
    unlisten();
  }
}

/** @param given the connection, where it is open already */
function upgrade(
  request: UpgradeRequest,
  given: Socket | null,
  events: LinkEvents,
  timing: Timing,
  cancellation: Cancellation,
): Promise<Link> {
  const { host } = request.server;
  const key = newKey();
  const question = upgradeRequest(request, key);
  const answer = new AnswerReader(key);
  return new Promise((resolve, reject) => {
    let link: ClientWebSocket | null = null;
    let words: NodeJS.Timeout | undefined;
    let receive: Receiver = (bytes, size) => {
      const known = answer.push(bytes.subarray(0, size));
      if (known !== null) conclude(known);
      else if (answer.refused) {
        words ??= setTimeout(() => {
          conclude(answer.end());
        }, WORDS);
      }
      return true;
    };
    const deliver: Receiver = (bytes, size, hold) => receive(bytes, size, hold);
    const socket = given === null ? openSocket(request, deliver) : readFrom(given, deliver);

    const fail = (error: Error): void => {
      if (link !== null) return;
      receive = () => false;
      clearTimeout(words);
      unlisten();
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
      unlisten();
      const opened = new ClientWebSocket(socket, host, events, timing, request.isOver);
      link = opened;
      receive = (bytes, size, hold) => opened.received(bytes, size, hold);
      resolve(opened);
      // These bytes are a copy of their own: there is nothing to hold.
      if (rest.length > 0) opened.received(rest, rest.length, () => () => undefined);
    };
    const unlisten = cancellation.onCancel(() => {
      fail(new Cancelled());
    });

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
    socket.write(question, 'latin1', () => {
      answer.expect();
    });
  });
}

/** The connection that `connect` opens. One that comes too late is thrown away. */
function connectBy(
  connect: () => Promise<Socket>,
  host: string,
  cancellation: Cancellation,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    let over = false;
    const fail = (error: Error): void => {
      over = true;
      unlisten();
      reject(error);
    };
    const unlisten = cancellation.onCancel(() => {
      fail(new Cancelled());
    });
    connect().then(
      (socket) => {
        if (over) {
          socket.on('error', () => undefined);
          socket.destroy();
          return;
        }
        unlisten();
        resolve(socket);
      },
      (error: unknown) => {
        fail(error instanceof BaiError ? error : failures.unreachable(host, error));
      },
    );
  });
}
