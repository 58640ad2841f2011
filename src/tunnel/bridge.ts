import { setTimeout as sleep } from 'node:timers/promises';
import type { BaiError } from '../errors.js';
import { Cancellation } from './cancellation.js';
import { dial } from './dial.js';
import { endLocal } from './end-local.js';
import { isDialTimeout } from './failures.js';
import { FirstWord } from './first-word.js';
import { FromClient } from './from-client.js';
import type { Link } from './link.js';
import type { Local } from './local.js';
import type { PreAuthGate, Release } from './pre-auth.js';
import type { Timing } from './timing.js';
import { joinTurns } from './turns.js';
import type { Prepare, UpgradeSource } from './upgrade.js';

/**
 * Bytes in one direction after which the client must have logged in: identification, key exchange and
 * some offered keys take 2–4 KiB.
 */
const LOGGED_IN = 8 * 1024;

/** A full record of TLS (RFC 8446, section 5.1), the most that Node hands out at a time: more follows. */
const TLS_RECORD = 16 * 1024;

/** What the bridges of one tunnel share. */
export interface BridgeContext {
  readonly upgrade: UpgradeSource;
  readonly gate: PreAuthGate;
  readonly timing: Timing;
  readonly prepare?: Prepare | undefined;
}

/**
 * Carries one client's bytes over one WebSocket, both ways, within bounds, until one side ends; then
 * ends the client's side as the manager's side ended: by a FIN after a CLOSE frame, and by a reset
 * after anything else, so that a cut transfer cannot look complete.
 */
export class Bridge {
  readonly #local: Local;
  readonly #context: BridgeContext;
  /** Nobody is left to serve. */
  readonly #gone = new Cancellation();
  readonly #fromClient: FromClient;
  readonly #firstWord: FirstWord;
  #link: Link | null = null;
  #down = 0;
  /** Bytes that the client has not taken yet. */
  #toClient = 0;
  #gathering = false;
  #clientEnded = false;
  #ending = false;
  #lingering: NodeJS.Timeout | undefined;
  #leaveGate: Release = () => undefined;
  /** Whether sshd's bytes may go to the client; until then they wait in `#held`. */
  #prepared: boolean;
  #held: { readonly chunk: Uint8Array; readonly release: () => void }[] = [];

  constructor(local: Local, context: BridgeContext) {
    this.#local = local;
    this.#context = context;
    this.#prepared = context.prepare === undefined;
    this.#firstWord = new FirstWord(context.timing);
    this.#fromClient = new FromClient(local, () => {
      if (this.#fromClient.total > LOGGED_IN) this.#leaveGate();
    });
    if (this.#prepared) this.#fromClient.settle();
  }

  /** Bytes carried so far, from and to the client. */
  get traffic(): { readonly up: number; readonly down: number } {
    return { up: this.#fromClient.total, down: this.#down };
  }

  /**
   * Ends now: the manager gets a CLOSE frame, the client a reset. A client that is being given the
   * last bytes may have them first, if it takes them at once.
   */
  stop(): void {
    if (this.#gone.cancelled) return;
    this.#gone.cancel();
    if (this.#ending) {
      setTimeout(() => {
        this.#local.reset();
      }, this.#context.timing.close).unref();
      return;
    }
    this.#link?.close(1001);
    this.#local.reset();
  }

  /**
   * Runs to the end of the connection; resolves too when the client went away.
   * @throws BaiError where it failed; the client was reset then
   */
  async run(): Promise<void> {
    const gone = this.#gone;
    const { prepare, timing } = this.#context;
    const leaveTurns = joinTurns();
    this.#watchClient();
    try {
      for (;;) {
        const failure =
          prepare === undefined || this.#prepared
            ? await this.#connect(gone)
            : await this.#connectPrepared(prepare, gone);
        gone.throwIfCancelled();
        if (failure !== null) throw failure;
        if (this.#down > 0 || this.#clientEnded) break;
        if (!this.#fromClient.repeatable) throw this.#firstWord.failure();
        await sleep(this.#firstWord.pause(), undefined, { signal: gone.signal() });
      }
      this.#ending = true;
      // What the client still says has nowhere to go. It is read all the same: a client that cannot
      // write may never come to read.
      this.#fromClient.end();
      await endLocal(this.#local, timing);
    } catch (error) {
      this.#ending = true;
      this.#local.reset();
      if (!gone.cancelled) throw error;
    } finally {
      leaveTurns();
    }
  }

  /**
   * Dials while `prepare` runs, and dials again where that finds that the dial went to what is no
   * longer the session. What `prepare` says counts more than a dial that failed meanwhile.
   */
  async #connectPrepared(prepare: Prepare, gone: Cancellation): Promise<Error | null> {
    const early = new Cancellation();
    gone.onCancel(() => {
      early.cancel();
    });
    const outcome = this.#connect(early).catch((error: unknown) => error as Error);
    const ask = (afterFailure: boolean): Promise<'ready' | 'dial-again'> =>
      gone.race(prepare(afterFailure));
    try {
      if ((await ask(false)) === 'ready') {
        this.#settle();
        for (const { chunk, release } of this.#held.splice(0)) this.#toWritable(chunk, release);
        const failure = await outcome;
        if (failure === null || this.#down > 0 || !this.#fromClient.repeatable) return failure;
        if ((await ask(true)) === 'ready') return failure;
      }
    } catch (error) {
      this.#discard(early);
      throw error;
    }
    this.#discard(early);
    await outcome;
    this.#dropHeld();
    this.#settle();
    return this.#connect(gone);
  }

  /** Ends a dial, or the link that came of it, and forgets what it brought. */
  #discard(dialling: Cancellation): void {
    dialling.cancel();
    this.#link?.close(1001);
    this.#dropHeld();
  }

  #settle(): void {
    this.#prepared = true;
    this.#fromClient.settle();
  }

  #dropHeld(): void {
    for (const { release } of this.#held.splice(0)) release();
  }

  /** Dials once and resolves when that link has ended; see `LinkEvents.onEnd`. */
  async #connect(cancellation: Cancellation): Promise<BaiError | null> {
    const { upgrade, gate, timing } = this.#context;
    const firstWord = this.#firstWord;
    const leave = await gate.enter(cancellation);
    this.#leaveGate = leave;
    let loggedIn: NodeJS.Timeout | undefined;
    let over = false;
    let gaveUp = false;
    try {
      return await new Promise((resolve, reject) => {
        const events = {
          onData: (chunk: Uint8Array, release: () => void) => {
            firstWord.stop();
            if (gaveUp) release();
            else this.#toWritable(chunk, release);
          },
          onDrain: () => {
            this.#fromClient.drained();
          },
          onEnd: (failure: BaiError | null) => {
            resolve(gaveUp ? null : failure);
          },
        };
        dial(upgrade, events, timing, cancellation).then((link) => {
          // Its end can come together with the answer to the upgrade, and is heard before.
          if (over) return;
          loggedIn = setTimeout(leave, timing.preAuth);
          if (!link.tellsEnds) {
            firstWord.wait(() => {
              gaveUp = true;
              link.close(1001);
            });
          }
          this.#opened(link, cancellation);
        }, reject);
      });
    } catch (error) {
      if (isDialTimeout(error)) gate.turnAway(error);
      throw error;
    } finally {
      over = true;
      firstWord.stop();
      this.#link = null;
      this.#fromClient.stopFlow();
      clearTimeout(loggedIn);
      clearTimeout(this.#lingering);
      leave();
    }
  }

  #opened(link: Link, cancellation: Cancellation): void {
    this.#link = link;
    if (cancellation.cancelled) {
      link.close(1001);
      return;
    }
    this.#fromClient.flowTo(link);
    if (this.#down > 0) this.#fromClient.forget();
    if (this.#down > 0 || this.#held.length > 0) this.#firstWord.stop();
    if (this.#clientEnded) this.#linger();
  }

  #watchClient(): void {
    const { readable, writable } = this.#local;
    const gone = (): void => {
      this.stop();
    };
    readable.on('end', () => {
      this.#clientEnded = true;
      // A client that leaves before it said anything (a port scan) is not worth a connection to sshd:
      // each SSH client sends its identification (RFC 4253, section 4.2).
      if (this.#fromClient.total === 0 && this.#link === null) gone();
      else this.#linger();
    });
    readable.on('error', gone);
    writable.on('error', gone);
    readable.on('close', () => {
      if (!readable.readableEnded) gone();
    });
    writable.on('close', () => {
      if (!writable.writableFinished) gone();
    });
  }

  #toWritable(chunk: Uint8Array, release: () => void): void {
    if (this.#ending || this.#gone.cancelled) {
      release();
      return;
    }
    if (!this.#prepared) {
      this.#held.push({ chunk, release });
      return;
    }
    // sshd's first bytes can come together with the answer to the upgrade, before the link is known.
    if (this.#link !== null) this.#fromClient.forget();
    const size = chunk.length;
    this.#down += size;
    this.#toClient += size;
    if (this.#down > LOGGED_IN) this.#leaveGate();
    if (size === TLS_RECORD) this.#gather();
    this.#local.writable.write(chunk, () => {
      this.#toClient -= size;
      release();
    });
    if (this.#clientEnded) this.#linger();
  }

  /** Lets all records that came in one read over TLS go out in one write. */
  #gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    const { writable } = this.#local;
    writable.cork();
    setImmediate(() => {
      this.#gathering = false;
      writable.uncork();
    });
  }

  /**
   * The client will send no more, but may wait for an answer. The manager has no half-close: a CLOSE
   * cuts off what sshd still sends, so it waits until nothing has moved for a while. The client is reset
   * then; one that was closed does not notice.
   */
  #linger(): void {
    this.#firstWord.stop();
    clearTimeout(this.#lingering);
    this.#lingering = setTimeout(() => {
      if (this.#toClient > 0 || (this.#link?.pending ?? 0) > 0) this.#linger();
      else this.#link?.close(1000);
    }, this.#context.timing.linger);
  }
}
