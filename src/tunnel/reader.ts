import { BlockPool, type Block } from './blocks.js';

/** Where reads begin, and go back to when little comes: an idle connection holds one of these. */
const SMALL = 64 * 1024;
/**
 * In bulk. Each doubling up to here saves system calls; beyond it nothing is gained, and other
 * connections would wait longer for their turn.
 */
const LARGE = 512 * 1024;
/** Large blocks in use by all connections together; with more, the next ones read into small. */
const MAX_LARGE = 32;
/** Reads in a row that a small block would have held, before going back to small. */
const PATIENCE = 4;

const small = new BlockPool(() => Buffer.allocUnsafeSlow(SMALL), 32);
const large = new BlockPool(() => Buffer.allocUnsafeSlow(LARGE), 8);

/** Lends the memory that a socket reads into: small while little comes, large in bulk. */
export class ReadBlocks {
  #block: Block = small.take();
  #pool = small;
  #bulk = false;
  #smallReads = 0;

  /** The memory for the next read. */
  get current(): Buffer {
    return this.#block.bytes;
  }

  /**
   * A read brought `size` bytes into `current`. Passes that memory to `use`, together with a function
   * that makes one more reader of it and returns its release; then moves on to other memory if needed.
   */
  filled(size: number, use: (bytes: Buffer, hold: () => () => void) => void): void {
    const block = this.#block;
    const pool = this.#pool;
    use(block.bytes, () => {
      block.readers++;
      return () => {
        pool.release(block);
      };
    });
    this.#learn(size, block.bytes.length);
    const wanted = this.#bulk && large.inUse < MAX_LARGE ? large : small;
    if (block.readers === 1 && wanted === pool) return;
    pool.release(block);
    this.#pool = wanted;
    this.#block = wanted.take();
  }

  /** Gives the memory back. Nothing may be read into `current` any more. */
  end(): void {
    this.#pool.release(this.#block);
  }

  #learn(size: number, room: number): void {
    if (size === room) this.#bulk = true;
    this.#smallReads = size < SMALL ? this.#smallReads + 1 : 0;
    if (this.#smallReads >= PATIENCE) this.#bulk = false;
  }
}
