/** How long each part of a tunnel connection may take, in milliseconds. */
export interface Timing {
  /** The signed request, TCP connect, TLS and the answer to the upgrade together. */
  readonly handshake: number;
  /** Silence from the manager after which it is asked for a sign of life. */
  readonly pingAfter: number;
  /** From that question to the next frame of any kind; then the manager counts as gone. */
  readonly pongWithin: number;
  /** From one look to the next whether a silent connection is over, where the server does not tell that. */
  readonly lookEvery: number;
  /** Silence from the manager after the client's FIN; then the client counts as gone. */
  readonly linger: number;
  /** For the other side to take part in an orderly end, before it is dropped. */
  readonly close: number;
  /** Silence from a client that was given everything and a FIN, before its connection is dropped. */
  readonly collect: number;
  /** A connection this old no longer counts as logging in, however little it has carried. */
  readonly preAuth: number;
  /** For a place among those who log in, before a client may have one of the last that sshd has. */
  readonly crowd: number;
  /** For any place among those who log in. */
  readonly queue: number;
  /**
   * From an open WebSocket to sshd's first word, before another one is tried for the rest of `retryFor`;
   * where the server does not tell that sshd has ended.
   */
  readonly firstWord: number;
  /** First delay before dialling again when sshd closed without a word; doubles up to eight times that. */
  readonly retry: number;
  /** From sshd's first silence to the one that is passed on. */
  readonly retryFor: number;
}

/**
 * The manager never pings, and answers pings from the loop that also writes to sshd, so that a PONG
 * can be late while a large upload waits (protocol section 4.1): ask after 30 s, allow 60 s more.
 * It has no half-close either: the WebSocket has to outlive the client's FIN while bytes still come. A
 * client that was closed says the same FIN, and its sshd must not stay for long.
 * Nothing tells when a client has read its last bytes but its own FIN; a person may be asked something
 * before, so that takes minutes, and costs no more than a socket.
 *
 * dropbear gives a login 300 s (AUTH_TIMEOUT), but nothing tells a password prompt from a shell that has
 * nothing to say, and five of those must not lock everybody else out: after 10 s they count as logged
 * in. Where that is wrong, sshd hangs up on the next one, which comes again. That goes on for less than
 * the 20 s that FileZilla waits for an answer, so that the reason is known before.
 */
export const defaultTiming: Timing = {
  handshake: 15_000,
  pingAfter: 30_000,
  pongWithin: 60_000,
  lookEvery: 60_000,
  linger: 5_000,
  close: 2_000,
  collect: 600_000,
  preAuth: 10_000,
  crowd: 2_000,
  queue: 60_000,
  firstWord: 4_000,
  retry: 250,
  retryFor: 15_000,
};
