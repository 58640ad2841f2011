import type { HttpAnswer } from './transport.js';

/** What is left of the requests that an access key may make in a window (protocol section 1.6). */
export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
  /** Seconds; the manager's is 900. */
  readonly window: number;
}

/** Reads the X-RateLimit headers of an answer; `undefined` where it has none. */
export function readRateLimit({ headers }: HttpAnswer): RateLimit | undefined {
  const limit = count(headers['x-ratelimit-limit']);
  const remaining = count(headers['x-ratelimit-remaining']);
  if (limit === undefined || remaining === undefined) return undefined;
  return { limit, remaining, window: count(headers['x-ratelimit-window']) ?? 900 };
}

/**
 * Seconds to wait before each new try after 429. The window slides, so some requests become free soon;
 * longer than this nobody waits in front of a terminal.
 */
const PAUSES: readonly number[] = [5, 15, 40];

/**
 * Seconds to wait before try number `attempt` + 1, or `undefined` to give up. The manager sends no
 * Retry-After; a proxy before it may, and is obeyed where it asks for no more than our longest pause.
 */
export function pauseAfter(answer: HttpAnswer, attempt: number): number | undefined {
  const pause = PAUSES[attempt];
  const asked = retryAfter(answer);
  if (pause === undefined || asked === undefined) return pause;
  return asked <= Math.max(...PAUSES) ? Math.max(asked, 1) : undefined;
}

/** Seconds that Retry-After asks to wait (RFC 9110, section 10.2.3); the form with a date is not read. */
export function retryAfter({ headers }: HttpAnswer): number | undefined {
  return count(headers['retry-after']);
}

function count(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,9}$/u.test(header) ? Number(header) : undefined;
}
