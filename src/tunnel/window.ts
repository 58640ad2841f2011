/**
 * Bytes on their way in one direction of a connection at which reading from their source stops; it goes
 * on at half. Large enough to keep a long line busy.
 */
const WINDOW = 1024 * 1024;

/** The same while many bytes are held: the next full read of Node fills it. */
const NARROW = 32 * 1024;

/**
 * Bytes held for all connections of this process above which windows are narrow: a dozen that nobody
 * reads. With 200 of those, which hold the memory of two reads each on top of it, the process stays
 * below 120 MiB (docs/performance.md, "Bounds").
 */
const BUDGET = 12 * 1024 * 1024;

/** Held in all windows together. */
let held = 0;

/** Counts the bytes of one direction of a connection, and says when to read more of them. */
export class Window {
  #size = 0;

  /** Bytes that have come and are still here. */
  get size(): number {
    return this.#size;
  }

  /** Whether to stop reading. */
  get full(): boolean {
    return this.#size >= limit();
  }

  /** Whether to go on reading after a stop. */
  get roomy(): boolean {
    return this.#size <= limit() / 2;
  }

  /** So many bytes more have come, or, below 0, have gone. */
  add(bytes: number): void {
    this.#size += bytes;
    held += bytes;
  }
}

function limit(): number {
  return held < BUDGET ? WINDOW : NARROW;
}
