import type { BaiError } from '../errors.js';
import { Cancelled, type Cancellation } from './cancellation.js';
import { queuedTooLong } from './failures.js';
import type { Timing } from './timing.js';

/**
 * dropbear closes the 6th connection from one address that has not logged in yet, without a word
 * (MAX_UNAUTH_PER_IP = 5), and everybody who tunnels to a session comes from the manager's address
 * (protocol section 6.7).
 */
const MOST = 5;

/** Leaves room for others who tunnel to the same session. */
const PREFERRED = 3;

/** Gives back a place; may be called more than once. */
export type Release = () => void;

interface Waiter {
  /** Has waited long enough to be given one of the places that are left for others. */
  impatient: boolean;
  readonly enter: () => void;
  readonly fail: (error: Error) => void;
}

/**
 * Lets at most three connections to one session log in at a time; the rest wait in order. Where the
 * three take long (a person is asked for a password), the next two need not wait for them.
 */
export class PreAuthGate {
  readonly #timing: Pick<Timing, 'crowd' | 'queue'>;
  #inside = 0;
  #waiting: Waiter[] = [];

  constructor(timing: Pick<Timing, 'crowd' | 'queue'>) {
    this.#timing = timing;
  }

  /**
   * Waits for a place.
   * @throws BaiError `tunnel-queue`; Cancelled when that comes first
   */
  async enter(cancellation: Cancellation): Promise<Release> {
    cancellation.throwIfCancelled();
    if (this.#inside < PREFERRED) this.#inside++;
    else await this.#wait(cancellation);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#inside--;
      this.#admit();
    };
  }

  /** Rejects all who wait: there is nothing to wait for. */
  turnAway(failure: BaiError): void {
    for (const waiter of this.#waiting) waiter.fail(failure);
  }

  #admit(): void {
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined || this.#inside >= (next.impatient ? MOST : PREFERRED)) return;
      this.#inside++;
      next.enter();
    }
  }

  /** Resolves when a place was given, and counted. */
  #wait(cancellation: Cancellation): Promise<void> {
    const { crowd, queue } = this.#timing;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(patience);
        clearTimeout(limit);
        unlisten();
        this.#waiting = this.#waiting.filter((other) => other !== waiter);
      };
      const waiter: Waiter = {
        impatient: false,
        enter: () => {
          leave();
          resolve();
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      const patience = setTimeout(() => {
        waiter.impatient = true;
        this.#admit();
      }, crowd);
      const limit = setTimeout(() => {
        waiter.fail(queuedTooLong(queue));
      }, queue);
      const unlisten = cancellation.onCancel(() => {
        waiter.fail(new Cancelled());
      });
      this.#waiting.push(waiter);
    });
  }
}
