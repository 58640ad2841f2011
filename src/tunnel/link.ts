import type { BaiError } from '../errors.js';

/**
 * One WebSocket to the manager, seen as what a bridge needs of it: bytes with backpressure both ways,
 * and an ending that says whether it was a clean one. Keeping it alive is its own business.
 */
export interface Link {
  /** Bytes given to `send` that the system has not taken yet. */
  readonly pending: number;
  /** Whether the server tells when sshd has ended; otherwise nothing but silence does, at first. */
  readonly tellsEnds: boolean;
  /**
   * Sends bytes. They are copied before this returns.
   * @returns whether more may follow now; if not, `onDrain` tells when
   */
  send(chunk: Buffer): boolean;
  /**
   * Sends CLOSE with this code after everything sent before; `onEnd` follows soon in any case, with a
   * failure: an answer to it proves nothing about what the manager would have sent.
   */
  close(code: 1000 | 1001): void;
}

/** What a link tells. */
export interface LinkEvents {
  /**
   * Bytes from the manager, in order. Reading stops while too many of them are not released.
   * @param release to be called once, when `chunk` is no longer needed: its memory is used again
   */
  onData(chunk: Uint8Array, release: () => void): void;
  /** There is room again after a `send` that returned false. */
  onDrain(): void;
  /**
   * The last event, exactly once.
   * @param failure `null` where the manager said good-bye, of its own accord, with CLOSE 1000 or 1001
   */
  onEnd(failure: BaiError | null): void;
}
