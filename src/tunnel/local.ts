import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { giveBack } from './give-back.js';

/** The client's side of a bridge: a TCP connection, or stdin and stdout. */
export interface Local {
  /** Bytes of the client. */
  readonly readable: Readable;
  /** Bytes for the client. */
  readonly writable: Writable;
  /**
   * Whether a client that sends something after `destroy` loses what it has not read yet: TCP answers
   * with a reset (RFC 9293, section 3.10.7.1), and forgets the bytes that it still holds.
   */
  readonly losesUnread: boolean;
  /** May free the memory of bytes that came from `readable`: nobody may look at them any more. */
  giveBack(chunk: Buffer): void;
  /** Ends it so that the client sees an error, and never a clean end. */
  reset(): void;
  /** Frees what is left after a clean end. */
  destroy(): void;
}

/** A TCP connection, accepted with `allowHalfOpen`. */
export function localSocket(socket: Socket): Local {
  return {
    readable: socket,
    writable: socket,
    losesUnread: true,
    giveBack,
    reset: () => socket.resetAndDestroy(),
    destroy: () => socket.destroy(),
  };
}

/** Two streams; a reset can only be shown by the exit code of whoever owns them. */
export function localStreams(readable: Readable, writable: Writable): Local {
  const destroy = (): void => {
    readable.destroy();
    writable.destroy();
  };
  return {
    readable,
    writable,
    losesUnread: false,
    // Standard input, where it is a pipe, is a socket. Of other streams, the writer may have kept the bytes.
    giveBack: readable instanceof Socket ? giveBack : () => undefined,
    reset: destroy,
    destroy,
  };
}
