import type { Terminal } from './terminal.js';

/**
 * Tells that the port of a session was taken.
 *
 * @param session its name, or what else says which one is meant
 * @param dryRun it only would be so
 */
export function warnOfMovedPort(
  terminal: Terminal,
  session: string,
  from: number,
  to: number,
  dryRun = false,
): void {
  terminal.warn(
    dryRun
      ? `port ${from} is taken by another program, so ${session} would have port ${to}, and every client would be pointed at it`
      : `port ${from} is taken by another program, so ${session} now has port ${to}; every client is pointed at it`,
  );
}
