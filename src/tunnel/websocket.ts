import type { Socket } from 'node:net';
import type { BaiError } from '../errors.js';
import { EndWatch } from './end-watch.js';
import { endedBy, neverFinished, protocolViolated, wentSilent } from './failures.js';
import { FrameError, FrameParser, opcodes } from './frames.js';
import { Keepalive } from './keepalive.js';
import type { Link, LinkEvents } from './link.js';
import { FrameSender } from './sender.js';
import type { Timing } from './timing.js';
import { Turns } from './turns.js';
import type { IsOver } from './upgrade.js';
import { Window } from './window.js';

/**
 * Fewer bytes than this are copied out of the block that they were read into. Otherwise a client that
 * does not read would make a few bytes each hold 64 KiB.
 */
const COPIED = 16 * 1024;

/**
 * The client's end of an open WebSocket on a socket whose reads are handed to `received`. It ends at
 * the CLOSE frame: what the TCP connection does after that concerns nobody.
 */
export class ClientWebSocket implements Link {
  readonly #socket: Socket;
  readonly #host: string;
  readonly #events: LinkEvents;
  readonly #timing: Timing;
  readonly #parser: FrameParser;
  readonly #sender: FrameSender;
  readonly #keepalive: Keepalive;
  readonly #endWatch: EndWatch | null;
  readonly #turns = new Turns(() => {
    this.#readOn();
  });
  /** Makes one more reader of the block that is being parsed. */
  #hold: () => () => void = () => () => undefined;
  readonly #unreleased = new Window();
  #paused = false;
  #full = false;
  #closeSent = false;
  #ended = false;
  /** The newest PING to answer once the last answer has gone out; older ones need none. */
  #ping: Buffer | null = null;
  #ponging = false;
  #asking = false;
  #deadline: NodeJS.Timeout | undefined;

  /** @param isOver see `UpgradeRequest` */
  constructor(socket: Socket, host: string, events: LinkEvents, timing: Timing, isOver?: IsOver) {
    this.#socket = socket;
    this.#host = host;
    this.#events = events;
    this.#timing = timing;
    this.#sender = new FrameSender(socket, () => {
      this.#drained();
    });
    this.#parser = new FrameParser({
      onPayload: (bytes) => {
        this.#deliver(bytes);
      },
      onPing: (payload) => {
        this.#ping = payload;
        this.#pong();
      },
      onClose: (code, reason) => {
        const ending = this.#closeSent ? neverFinished() : endedBy(code, reason);
        this.#answerClose(code);
        this.#end(ending);
      },
    });
    this.#keepalive = new Keepalive(timing, {
      deaf: () => this.#paused,
      ask: () => {
        this.#askForLife();
      },
      giveUp: () => {
        this.abandon(wentSilent(host, timing.pingAfter + timing.pongWithin));
      },
    });
    this.#endWatch =
      isOver === undefined
        ? null
        : new EndWatch(isOver, timing.lookEvery, (failure) => {
            this.abandon(failure);
          });
  }

  get pending(): number {
    return this.#sender.pending.size;
  }

  get tellsEnds(): boolean {
    return this.#endWatch === null;
  }

  send(chunk: Buffer): boolean {
    this.#sender.binary(chunk);
    this.#full = this.#sender.pending.full;
    return !this.#full;
  }

  close(code: 1000 | 1001): void {
    this.#sendClose(code);
    this.#finish(() => {
      this.abandon(neverFinished());
    });
  }

  /**
   * Takes the next bytes of the socket, the first `size` of `bytes`.
   * @param hold keeps their memory until the function that it returns is called
   * @returns whether to go on reading
   */
  received(bytes: Buffer, size: number, hold: () => () => void): boolean {
    this.#keepalive.heard();
    this.#hold = hold;
    try {
      this.#parser.push(bytes, size);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#sendClose(error.closeCode);
      this.#end(protocolViolated(this.#host, error.message));
    }
    this.#turns.moved(size);
    return this.#mayRead;
  }

  /** The TCP connection is over. Without a CLOSE frame before, that was no good end. */
  disconnected(reason: string): void {
    if (!this.#ended) this.#end(endedBy(1006, reason));
  }

  /** Ends now, without a good-bye. */
  abandon(failure: BaiError | null): void {
    this.#end(failure);
    this.#socket.destroy();
  }

  #deliver(bytes: Uint8Array): void {
    const size = bytes.length;
    const few = size < COPIED;
    this.#endWatch?.heard();
    const release = few ? null : this.#hold();
    this.#unreleased.add(size);
    if (this.#unreleased.full) this.#paused = true;
    this.#events.onData(few ? Buffer.from(bytes) : bytes, () => {
      release?.();
      this.#unreleased.add(-size);
      if (!this.#paused || !this.#unreleased.roomy) return;
      this.#paused = false;
      this.#keepalive.heard();
      this.#readOn();
    });
  }

  get #mayRead(): boolean {
    return !this.#paused && !this.#turns.over;
  }

  #readOn(): void {
    if (this.#mayRead) this.#socket.resume();
  }

  #drained(): void {
    if (!this.#full || !this.#sender.pending.roomy) return;
    this.#full = false;
    if (!this.#ended) this.#events.onDrain();
  }

  /** Answers the newest PING. One answer is under way at a time, whatever flood of them comes. */
  #pong(): void {
    if (this.#ping === null || this.#ponging || this.#ended) return;
    const payload = this.#ping;
    this.#ping = null;
    this.#ponging = true;
    this.#sender.control(opcodes.pong, payload, () => {
      this.#ponging = false;
      this.#pong();
    });
  }

  /** One question is under way at a time: who takes nothing for days must not have thousands waiting. */
  #askForLife(): void {
    if (this.#asking) return;
    this.#asking = true;
    this.#sender.control(opcodes.ping, Buffer.alloc(0), () => {
      this.#asking = false;
    });
  }

  #answerClose(code: number): void {
    this.#sendClose(code === 1005 ? null : code);
  }

  #sendClose(code: number | null): void {
    if (this.#closeSent) return;
    this.#closeSent = true;
    const payload = Buffer.alloc(code === null ? 0 : 2);
    if (code !== null) payload.writeUInt16BE(code);
    this.#sender.control(opcodes.close, payload);
  }

  #end(failure: BaiError | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#keepalive.stop();
    this.#endWatch?.stop();
    // The server ends the TCP connection (RFC 6455, section 7.1.1); it gets a moment for that.
    this.#socket.end();
    this.#finish(() => this.#socket.destroy());
    this.#events.onEnd(failure);
  }

  #finish(overdue: () => void): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(overdue, this.#timing.close).unref();
    this.#socket.once('close', () => {
      clearTimeout(this.#deadline);
    });
  }
}
