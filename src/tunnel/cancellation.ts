/**
 * Tells those who still work at something that nobody waits for it any more. Node's AbortController
 * says the same, but making one and listening to it is a twentieth of all that happens between a
 * client's connection and its first byte (docs/performance.md, "Connections").
 */
export class Cancellation {
  #listeners: Set<() => void> | null = new Set();

  get cancelled(): boolean {
    return this.#listeners === null;
  }

  /** Tells all who listen, once. */
  cancel(): void {
    const listeners = this.#listeners;
    this.#listeners = null;
    for (const listener of listeners ?? []) listener();
  }

  /** Has `listener` called on `cancel`, soon if that was before. Returns what takes it back. */
  onCancel(listener: () => void): () => void {
    const listeners = this.#listeners;
    if (listeners === null) queueMicrotask(listener);
    else listeners.add(listener);
    return () => {
      listeners?.delete(listener);
    };
  }

  /** The same for Node's own functions. */
  signal(): AbortSignal {
    const controller = new AbortController();
    this.onCancel(() => {
      controller.abort();
    });
    return controller.signal;
  }

  /** @throws Cancelled */
  throwIfCancelled(): void {
    if (this.cancelled) throw new Cancelled();
  }

  /**
   * The outcome of `promise`, unless `cancel` comes first.
   * @throws Cancelled
   */
  async race<T>(promise: Promise<T>): Promise<T> {
    let unlisten: (() => void) | undefined;
    const cancelled = new Promise<never>((_, reject) => {
      unlisten = this.onCancel(() => {
        reject(new Cancelled());
      });
    });
    try {
      return await Promise.race([promise, cancelled]);
    } finally {
      unlisten?.();
    }
  }
}

/** The outcome of what was cancelled. Nobody is left to read it. */
export class Cancelled extends Error {
  constructor() {
    super('cancelled');
  }
}
