import WebSocket from 'ws';
import type { BaiError } from '../errors.js';
import * as failures from './failures.js';
import { Keepalive } from './keepalive.js';
import { WINDOW, type Link, type LinkEvents } from './link.js';
import type { Timing } from './timing.js';
import type { UpgradeRequest } from './upgrade.js';

/** As much of a refusal's body as is read, in bytes. */
const MAX_REFUSAL = 16 * 1024;

/**
 * Opens one WebSocket. No compression (SSH does not compress), no redirects (a signature is for one
 * address).
 * @throws BaiError for each way that it can fail; the signal's reason when it aborts first
 */
export function dial(
  { url, headers }: UpgradeRequest,
  events: LinkEvents,
  timing: Timing,
  signal: AbortSignal,
): Promise<Link> {
  const host = new URL(url).host;
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, {
      headers,
      perMessageDeflate: false,
      followRedirects: false,
      maxPayload: 16 * 1024 * 1024,
    });
    const fail = (error: Error): void => {
      signal.removeEventListener('abort', aborted);
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on('error', () => undefined);
      socket.terminate();
      reject(error);
    };
    const aborted = (): void => {
      fail(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      fail(failures.upgradeTimeout(host, timing.handshake));
    }, timing.handshake);
    signal.addEventListener('abort', aborted, { once: true });
    socket.on('error', (error) => {
      const network = 'code' in error && !String(error.code).startsWith('HPE_');
      fail(
        network ? failures.unreachable(host, error) : failures.upgradeBroken(host, error.message),
      );
    });
    socket.on('unexpected-response', (_request, response) => {
      if (response.statusCode === 101) {
        fail(failures.upgradeBroken(host, 'HTTP 101 without upgrade'));
        return;
      }
      const body: Buffer[] = [];
      let size = 0;
      const refuse = (): void => {
        const text = Buffer.concat(body).toString();
        fail(failures.upgradeRefused(host, response.statusCode ?? 0, text));
      };
      response.on('data', (chunk: Buffer) => {
        body.push(chunk);
        size += chunk.length;
        if (size > MAX_REFUSAL) refuse();
      });
      response.on('end', refuse);
      response.on('error', refuse);
    });
    socket.on('open', () => {
      signal.removeEventListener('abort', aborted);
      clearTimeout(timer);
      socket.removeAllListeners();
      resolve(new WebSocketLink(socket, host, events, timing));
    });
  });
}

class WebSocketLink implements Link {
  readonly #socket: WebSocket;
  readonly #events: LinkEvents;
  readonly #timing: Timing;
  readonly #keepalive: Keepalive;
  #pending = 0;
  #full = false;
  #unreleased = 0;
  #failure: BaiError | null = null;
  #deadline: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket, host: string, events: LinkEvents, timing: Timing) {
    this.#socket = socket;
    this.#events = events;
    this.#timing = timing;
    this.#keepalive = new Keepalive(timing, {
      deaf: () => socket.isPaused,
      ask: () => {
        socket.ping();
      },
      giveUp: () => {
        this.#abandon(failures.wentSilent(host, timing.pingAfter + timing.pongWithin));
      },
    });
    const heard = (): void => {
      this.#keepalive.heard();
    };
    socket.on('ping', heard);
    socket.on('pong', heard);
    socket.on('message', (data: Buffer, isBinary) => {
      heard();
      if (isBinary) this.#received(data);
      else this.#abandon(failures.protocolViolated(host, 'a text frame'));
    });
    let cause = '';
    socket.on('error', (error) => {
      cause = error.message;
    });
    socket.on('close', (code, reason) => {
      this.#keepalive.stop();
      clearTimeout(this.#deadline);
      events.onEnd(
        this.#failure ?? failures.endedBy(code, reason.length > 0 ? reason.toString() : cause),
      );
    });
  }

  get pending(): number {
    return this.#pending;
  }

  send(chunk: Buffer): boolean {
    this.#pending += chunk.length;
    this.#socket.send(chunk, { binary: true }, () => {
      this.#pending -= chunk.length;
      if (!this.#full || this.#pending > WINDOW / 2) return;
      this.#full = false;
      this.#events.onDrain();
    });
    this.#full = this.#pending >= WINDOW;
    return !this.#full;
  }

  close(code: 1000 | 1001): void {
    this.#socket.resume();
    this.#socket.close(code);
    this.#deadline ??= setTimeout(() => {
      this.#socket.terminate();
    }, this.#timing.close);
  }

  #received(data: Buffer): void {
    this.#unreleased += data.length;
    if (this.#unreleased >= WINDOW) this.#socket.pause();
    this.#events.onData(data, () => {
      this.#unreleased -= data.length;
      if (this.#unreleased <= WINDOW / 2) this.#socket.resume();
    });
  }

  #abandon(failure: BaiError): void {
    this.#failure ??= failure;
    this.#socket.terminate();
  }
}
