import { performance } from 'node:perf_hooks';
import type { BaiError } from '../errors.js';
import { closedBeforeBanner, sshdSilent } from './failures.js';
import type { Timing } from './timing.js';

/** How often the delay doubles before sshd is tried again. */
const DOUBLINGS = 3;

/**
 * Waits for the first word of a client's sshd, over one link after the other. sshd speaks first, so behind a
 * webserver one that stays silent is as good as one that hangs up: that keeps the WebSocket to its client
 * open when the manager closes the one behind it, whatever the reason (protocol section 4.1). A manager
 * tells, so an sshd behind it that is silent is only slow.
 */
export class FirstWord {
  readonly #timing: Pick<Timing, 'firstWord' | 'retry' | 'retryFor'>;
  #since: number | undefined;
  #attempts = 0;
  #timer: NodeJS.Timeout | undefined;
  #wasSilent = false;
  #isOver = false;

  constructor(timing: Pick<Timing, 'firstWord' | 'retry' | 'retryFor'>) {
    this.#timing = timing;
  }

  /**
   * A link that does not tell ends has opened. Only the first one that is silent is given little time: sshd
   * may just be slow, so the next one has the rest.
   * @param giveUp closes it
   */
  wait(giveUp: () => void): void {
    const { firstWord, retryFor } = this.#timing;
    const rest = retryFor - this.#waited();
    const limit = this.#wasSilent ? Math.max(firstWord, rest) : firstWord;
    this.#timer = setTimeout(() => {
      this.#isOver = this.#wasSilent;
      this.#wasSilent = true;
      giveUp();
    }, limit);
  }

  /** Something was said, or nobody waits any more. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  /**
   * The link has ended without a word.
   * @returns milliseconds until the next may be opened
   * @throws BaiError where it is too late for that: `tunnel-closed-before-banner`, `tunnel-sshd-silent`
   */
  pause(): number {
    const { retry, retryFor } = this.#timing;
    if (this.#isOver || this.#waited() >= retryFor) throw this.failure();
    // Half of the delay is random, so that connections refused together do not come back together.
    return retry * 2 ** Math.min(this.#attempts++, DOUBLINGS) * (0.5 + Math.random() / 2);
  }

  /** What to say where there is no other link. */
  failure(): BaiError {
    return this.#wasSilent ? sshdSilent(this.#waited()) : closedBeforeBanner();
  }

  /** Milliseconds since sshd could have spoken for the first time. */
  #waited(): number {
    const now = performance.now();
    this.#since ??= now;
    return now - this.#since;
  }
}
