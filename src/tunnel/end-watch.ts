import { BaiError } from '../errors.js';
import type { IsOver } from './upgrade.js';

/**
 * Looks now and then whether a connection of which nothing is heard is over. sshd sends something every
 * 15 s once its client has logged in (protocol section 4.1), so those that live are hardly ever asked for.
 */
export class EndWatch {
  readonly #isOver: IsOver;
  readonly #every: number;
  readonly #onOver: (failure: BaiError) => void;
  #timer: NodeJS.Timeout;
  readonly #stopped = new AbortController();
  #heard = true;

  /**
   * @param every milliseconds from the end of one look to the next
   * @param onOver called once, where it is over
   */
  constructor(isOver: IsOver, every: number, onOver: (failure: BaiError) => void) {
    this.#isOver = isOver;
    this.#every = every;
    this.#onOver = onOver;
    this.#timer = this.#sleep();
  }

  /** Something came in. Cheap enough to be called for every piece of it. */
  heard(): void {
    this.#heard = true;
  }

  /** What is being asked ends as well. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#stopped.abort(stopped());
  }

  #sleep(): NodeJS.Timeout {
    return setTimeout(() => {
      void this.#look();
    }, this.#every);
  }

  async #look(): Promise<void> {
    const { signal } = this.#stopped;
    // Who cannot be asked says nothing about the connection.
    const failure = this.#heard ? null : await this.#isOver(signal).catch(() => null);
    if (signal.aborted) return;
    // What is heard while that is asked shows that the connection lives, whatever the answer.
    if (failure === null || this.#heard) {
      this.#heard = false;
      this.#timer = this.#sleep();
      return;
    }
    this.stop();
    this.#onOver(failure);
  }
}

function stopped(): BaiError {
  return new BaiError(
    'tunnel-closed',
    'the tunnel was closed while the manager was being asked',
    'open it again: bai-win up',
  );
}
