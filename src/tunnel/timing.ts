/** How long each part of a tunnel connection may take, in milliseconds. */
export interface Timing {
  /** TCP connect, TLS and the answer to the upgrade request together. */
  readonly handshake: number;
  /** Silence from the manager after which it is asked for a sign of life. */
  readonly pingAfter: number;
  /** From that question to the next frame of any kind; then the manager counts as gone. */
  readonly pongWithin: number;
  /** Silence from the manager after the client's FIN; then the client counts as gone. */
  readonly linger: number;
  /** For the other side to take part in an orderly end, before it is dropped. */
  readonly close: number;
  /** Silence from a client that was given everything and a FIN, before its connection is dropped. */
  readonly collect: number;
  /** A connection this old no longer counts as logging in. */
  readonly preAuth: number;
  /** First delay before dialling again when sshd closed without a word; doubles each time. */
  readonly retry: number;
}

/**
 * The manager never pings, and answers pings from the loop that also writes to sshd, so that a PONG
 * can be late while a large upload waits (protocol section 4.1): ask after 30 s, allow 60 s more.
 * It has no half-close either: the WebSocket has to outlive the client's FIN while bytes still come. A
 * client that was closed says the same FIN, and its sshd must not stay for long.
 * Nothing tells when a client has read its last bytes but its own FIN; a person may be asked something
 * before, so that takes minutes, and costs no more than a socket.
 */
export const defaultTiming: Timing = {
  handshake: 15_000,
  pingAfter: 30_000,
  pongWithin: 60_000,
  linger: 10_000,
  close: 2_000,
  collect: 600_000,
  preAuth: 2_000,
  retry: 250,
};
