import { setTimeout as sleep } from 'node:timers/promises';

const POLL_INTERVAL_MS = 100;

/**
 * Asks `probe` until it returns something other than `undefined`, and returns that.
 *
 * @param what what is waited for, used in the error: `dropbear listens`
 * @param evidence read when the wait fails, so that the error shows what happened instead
 * @throws Error when `timeoutMs` have passed
 */
export async function waitUntil<T>(
  what: string,
  timeoutMs: number,
  probe: () => T | undefined | Promise<T | undefined>,
  evidence: () => string | Promise<string> = () => '',
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (performance.now() > end) {
      throw new Error(`waited ${timeoutMs} ms in vain: ${what}\n${await evidence()}`.trimEnd());
    }
    await sleep(POLL_INTERVAL_MS);
  }
}
