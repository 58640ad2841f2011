import { orAborted } from './or-aborted.js';

interface Work<T> {
  readonly outcome: Promise<T>;
  readonly end: AbortController;
  /** How many wait for it. */
  waiting: number;
}

/**
 * Work that is done once for all who wait for it, and whose result is kept. It ends with none of them
 * but the last one who leaves; a failure is not kept: the next one who waits begins anew.
 */
export class SharedWork<T> {
  #work: Work<T> | undefined;

  /**
   * @param begin is called where nothing is under way or known; its signal ends what nobody waits for
   * @param signal ends the waiting of this caller, with its reason
   * @throws what the work fails with, and the reason of `signal`
   */
  async wait(
    begin: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    signal?.throwIfAborted();
    const work = (this.#work ??= this.#start(begin));
    work.waiting += 1;
    try {
      return await orAborted(work.outcome, signal);
    } catch (error) {
      if (work.waiting === 1) {
        // At once, or the next one would share the end of this one.
        this.#drop(work);
        work.end.abort(error);
      }
      throw error;
    } finally {
      work.waiting -= 1;
    }
  }

  /** Has the next one begin anew; who waits already gets what is under way. */
  forget(): void {
    this.#work = undefined;
  }

  #start(begin: (signal: AbortSignal) => Promise<T>): Work<T> {
    const end = new AbortController();
    const work = { outcome: begin(end.signal), end, waiting: 0 };
    work.outcome.catch(() => {
      this.#drop(work);
    });
    return work;
  }

  #drop(work: Work<T>): void {
    if (this.#work === work) this.#work = undefined;
  }
}
