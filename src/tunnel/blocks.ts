/** A piece of memory that is used again once all who read from it have let go. */
export interface Block {
  readonly bytes: Buffer;
  /** Readers left. Back in its pool at 0. */
  readers: number;
}

/** Keeps a few blocks of one size, so that bulk traffic does not ask the system for memory. */
export class BlockPool {
  readonly #allocate: () => Buffer;
  readonly #spare: number;
  readonly #free: Block[] = [];
  #inUse = 0;

  /**
   * @param allocate makes the memory of one more block
   * @param spare how many unused blocks are kept
   */
  constructor(allocate: () => Buffer, spare: number) {
    this.#allocate = allocate;
    this.#spare = spare;
  }

  /** Blocks taken and not given back. */
  get inUse(): number {
    return this.#inUse;
  }

  /** A block with one reader, its content undefined. */
  take(): Block {
    this.#inUse++;
    const block = this.#free.pop() ?? { bytes: this.#allocate(), readers: 0 };
    block.readers = 1;
    return block;
  }

  /** One reader of `block` is done. */
  release(block: Block): void {
    if (--block.readers > 0) return;
    this.#inUse--;
    if (this.#free.length < this.#spare) this.#free.push(block);
  }
}
