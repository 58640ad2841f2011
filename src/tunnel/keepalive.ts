import { performance } from 'node:perf_hooks';
import type { Timing } from './timing.js';

/**
 * A timer that fires this much too late, in milliseconds, did so because the computer or the process
 * slept: a busy one is late by less. Nothing could be heard meanwhile.
 */
const SLEPT = 5_000;

/** What a keepalive does about silence. */
interface KeepaliveActions {
  /**
   * Whether nothing can be heard now because we ourselves do not read. Questions are asked all the same:
   * they keep what is on the way from forgetting the connection, and the system ends one whose other
   * side takes nothing.
   */
  deaf(): boolean;
  /** Asks the other side for a sign of life. */
  ask(): void;
  /** The other side counts as gone. */
  giveUp(): void;
}

/** Watches for silence: asks after a while, gives up when even the answer does not come. */
export class Keepalive {
  readonly #timing: Timing;
  readonly #actions: KeepaliveActions;
  #timer: NodeJS.Timeout;
  #lastHeard = performance.now();

  constructor(timing: Timing, actions: KeepaliveActions) {
    this.#timing = timing;
    this.#actions = actions;
    this.#timer = this.#sleep(timing.pingAfter);
  }

  /** Something came in. Cheap enough to be called for every read. */
  heard(): void {
    this.#lastHeard = performance.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #sleep(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#check();
    }, milliseconds);
  }

  #check(): void {
    const rest = this.#timing.pingAfter - (performance.now() - this.#lastHeard);
    if (rest > 0) {
      this.#timer = this.#sleep(rest);
      return;
    }
    this.#ask();
  }

  #ask(): void {
    const asked = performance.now();
    this.#actions.ask();
    this.#timer = setTimeout(() => {
      const late = performance.now() - asked - this.#timing.pongWithin;
      if (this.#lastHeard >= asked) this.#check();
      else if (late > SLEPT || this.#actions.deaf()) this.#ask();
      else this.#actions.giveUp();
    }, this.#timing.pongWithin);
  }
}
