import type { BaiError } from '../errors.js';

/** After the second failure in a row, in milliseconds; doubles with each further one. */
const FIRST_MS = 1_000;

/** A person waits no longer for a service that has come back. */
const LONGEST_MS = 15_000;

/** So long after a rest nobody has failed: what was wrong is over, or nobody is a burden any more. */
const CALM_MS = 10_000;

/** What is asked of us is obeyed within the window over which managers count (protocol section 1.6). */
const LONGEST_ASKED_MS = 15 * 60_000;

/**
 * Spares an endpoint that fails one client after the other: file clients try again at once, several
 * times, and an access key has 1,000 requests in 15 minutes. After a first failure the next client is
 * tried at once, since a person may have clicked again; after more in a row clients are refused for a
 * while with what went wrong last.
 */
export class BackOff {
  #failures = 0;
  #reason: BaiError | undefined;
  #failedAt = 0;
  #until = 0;

  /**
   * A client was refused.
   * @param began when it came, in milliseconds since the epoch: clients that fail together, as they came
   *   together, have failed once
   */
  failed(reason: BaiError, began: number): void {
    if (reason === this.#reason || (this.hasFailed && began <= this.#failedAt)) return;
    this.#failures = this.hasFailed ? this.#failures + 1 : 1;
    this.#reason = reason;
    this.#failedAt = Date.now();
    this.#until = this.#failedAt + (askedRest(reason) ?? ownRest(this.#failures));
  }

  /** A connection lived, or there is a new reason to hope. */
  reset(): void {
    this.#failures = 0;
    this.#until = 0;
  }

  /** Whether the last client was refused, not long ago. */
  get hasFailed(): boolean {
    return this.#failures > 0 && isBetween(this.#failedAt, this.#until + CALM_MS);
  }

  /** Why clients are refused now; `undefined` where they are not. */
  get reason(): BaiError | undefined {
    const rests = this.#failures > 0 && isBetween(this.#failedAt, this.#until);
    return rests ? this.#reason : undefined;
  }
}

/** By the clock on the wall; one that was corrected ends the rest. */
function isBetween(from: number, to: number): boolean {
  const now = Date.now();
  return now >= from && now < to;
}

/** Half of it is random, so that many computers do not come back together. */
function ownRest(failures: number): number {
  if (failures < 2) return 0;
  return Math.min(FIRST_MS * 2 ** (failures - 2), LONGEST_MS) * (0.5 + Math.random() / 2);
}

/** What a 429 asked for by Retry-After. */
function askedRest({ details }: BaiError): number | undefined {
  const { retryAfter } = (details ?? {}) as { retryAfter?: unknown };
  return typeof retryAfter === 'number'
    ? Math.min(retryAfter * 1_000, LONGEST_ASKED_MS)
    : undefined;
}
