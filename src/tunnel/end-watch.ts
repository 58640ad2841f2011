import { BaiError } from '../errors.js';
import type { IsOver } from './upgrade.js';

/**
 * Looks now and then whether a connection of which nothing is heard is over. sshd sends something every
 * 15 s once its client has logged in (protocol section 4.1), so those that live are hardly ever asked for.
 */
export class EndWatch {
  readonly #isOver: IsOver;
  readonly #onOver: (failure: BaiError) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #stopped = new AbortController();
  #heard = true;

  /**
   * @param every milliseconds from one look to the next
   * @param onOver called once, where it is over
   */
  constructor(isOver: IsOver, every: number, onOver: (failure: BaiError) => void) {
    this.#isOver = isOver;
    this.#onOver = onOver;
    this.#timer = setInterval(() => {
      void this.#look();
    }, every);
  }

  /** Something came in. Cheap enough to be called for every piece of it. */
  heard(): void {
    this.#heard = true;
  }

  /** What is being asked ends as well. */
  stop(): void {
    clearInterval(this.#timer);
    this.#stopped.abort(stopped());
  }

  async #look(): Promise<void> {
    if (this.#heard) {
      this.#heard = false;
      return;
    }
    const { signal } = this.#stopped;
    // Who cannot be asked says nothing about the connection.
    const failure = await this.#isOver(signal).catch(() => null);
    if (failure === null || signal.aborted) return;
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
