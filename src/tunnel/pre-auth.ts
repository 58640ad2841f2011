import { Cancelled, type Cancellation } from './cancellation.js';

/**
 * dropbear closes the 6th connection from one address that has not logged in yet, without a word
 * (MAX_UNAUTH_PER_IP = 5), and everybody who tunnels to a session comes from the manager's address
 * (protocol section 6.7). Three of five leaves room for the others.
 */
const MAX_LOGGING_IN = 3;

/** Gives back a place; may be called more than once. */
export type Release = () => void;

/** Lets at most three connections to one session log in at a time; the rest wait in order. */
export class PreAuthGate {
  #inside = 0;
  readonly #waiting: (() => void)[] = [];

  /**
   * Waits for a place.
   * @throws Cancelled when that comes first
   */
  async enter(cancellation: Cancellation): Promise<Release> {
    cancellation.throwIfCancelled();
    if (this.#inside < MAX_LOGGING_IN) this.#inside++;
    else await this.#wait(cancellation);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const next = this.#waiting.shift();
      if (next === undefined) this.#inside--;
      else next();
    };
  }

  /** Resolves when a place was handed over; the count stays as it is. */
  #wait(cancellation: Cancellation): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        unlisten();
        resolve();
      };
      this.#waiting.push(turn);
      const unlisten = cancellation.onCancel(() => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1);
        reject(new Cancelled());
      });
    });
  }
}
