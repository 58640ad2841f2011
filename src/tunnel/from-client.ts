import type { Link } from './link.js';
import type { Local } from './local.js';
import { Turns } from './turns.js';

/** Bytes that are kept until sshd speaks. Its client's identification and key exchange fit. */
const KEPT = 64 * 1024;

/**
 * The client's bytes on their way to the link: kept until sshd has answered, so that another dial can
 * begin with them, and read no faster than the link takes them.
 */
export class FromClient {
  readonly #local: Local;
  readonly #onBytes: () => void;
  readonly #turns = new Turns(() => {
    this.#readOn();
  });
  #link: Link | null = null;
  /** Copies of everything so far; `null` when too late for another dial. */
  #kept: Buffer[] | null = [];
  #total = 0;
  /** The link has taken all it can hold. */
  #full = false;
  /** Nobody asks for another dial any more, unless sshd closes without a word. */
  #settled = false;
  #ended = false;

  /** @param onBytes called when `total` went up */
  constructor(local: Local, onBytes: () => void) {
    this.#local = local;
    this.#onBytes = onBytes;
    local.readable.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
  }

  /** Bytes that came from the client. */
  get total(): number {
    return this.#total;
  }

  /** Whether another link could begin with all that the client has said. */
  get repeatable(): boolean {
    return this.#kept !== null;
  }

  /** Gives `link` everything that was kept, and from now on all that comes. */
  flowTo(link: Link): void {
    this.#link = link;
    this.#full = false;
    for (const chunk of this.#kept ?? []) this.#send(chunk);
    this.#readOn();
  }

  /** No other dial will be asked for: bytes beyond those that are kept may go to the link, too. */
  settle(): void {
    this.#settled = true;
    this.#readOn();
  }

  /** The link is no more; what comes now waits for another. */
  stopFlow(): void {
    this.#link = null;
  }

  /** The link has room again. */
  drained(): void {
    this.#full = false;
    this.#readOn();
  }

  /** sshd has answered: this is the link to stay with. */
  forget(): void {
    this.#kept = null;
    this.#readOn();
  }

  /** Nothing is sent any more; what the client still says is read and thrown away. */
  end(): void {
    this.#ended = true;
    this.#local.readable.resume();
  }

  #take(chunk: Buffer): void {
    if (this.#ended) return;
    const size = chunk.length;
    this.#total += size;
    this.#kept?.push(Buffer.from(chunk));
    this.#onBytes();
    this.#send(chunk);
    this.#local.giveBack(chunk);
    this.#turns.moved(size);
    if (!this.#mayRead()) this.#local.readable.pause();
  }

  #send(chunk: Buffer): void {
    if (this.#link?.send(chunk) === false) this.#full = true;
  }

  #mayRead(): boolean {
    if (this.#total >= KEPT && this.#link !== null && this.#settled) this.#kept = null;
    const enoughKept = this.#kept !== null && this.#total >= KEPT;
    return this.#ended || !(this.#full || this.#turns.over || enoughKept);
  }

  #readOn(): void {
    if (this.#mayRead()) this.#local.readable.resume();
  }
}
