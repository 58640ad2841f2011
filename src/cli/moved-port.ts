import type { Terminal } from './terminal.js';

/**
 * Tells that the port of a session was taken.
 *
 * @param session its name, or what else says which one is meant
 */
export function warnOfMovedPort(
  terminal: Terminal,
  session: string,
  from: number,
  to: number,
): void {
  terminal.warn(
    `port ${from} is taken by another program, so ${session} now has port ${to}; every client is pointed at it`,
  );
}
