import { BaiError } from '../errors.js';

/** What a manager says about itself to anyone who asks (protocol section 1.2). */
export interface Greeting {
  /** What we send as X-BackendAI-Version. */
  readonly apiVersion: string;
  /** Release of the manager, e.g. `26.4.10`; empty where it does not say. */
  readonly release: string;
}

/** The newest API version this client was checked against (protocol section 1.2, manager 26.8). */
const NEWEST_KNOWN = 'v9.20250722';

/**
 * Reads the answer to `GET /`. The server's own version is used where its major number is one that we
 * know, because the header must be byte-exactly one that the server knows.
 * @throws BaiError `not-backendai` where this is JSON of something else
 */
export function readGreeting(body: unknown, endpoint: string): Greeting {
  const greeting = typeof body === 'object' && body !== null ? body : {};
  const version: unknown = 'version' in greeting ? greeting.version : undefined;
  if (typeof version !== 'string') {
    throw new BaiError(
      'not-backendai',
      `${endpoint} answers, but not as a Backend.AI manager: no API version in its greeting`,
      'check the address; it must be the API endpoint of Backend.AI',
    );
  }
  const release: unknown = 'manager' in greeting ? greeting.manager : undefined;
  const major = /^v(\d{1,3})\.\d{8}$/u.exec(version)?.[1];
  const usable = major !== undefined && Number(major) <= 9;
  return {
    apiVersion: usable ? version : NEWEST_KNOWN,
    release: typeof release === 'string' ? release : '',
  };
}

/**
 * Whether a manager release, e.g. `24.03.7`, is at least `year.month`; `undefined` where the release
 * is not known.
 */
export function isAtLeast(release: string, year: number, month: number): boolean | undefined {
  const match = /^(\d{2})\.(\d{1,2})(?:\D|$)/u.exec(release);
  if (match === null) return undefined;
  const [, major, minor] = match;
  return Number(major) * 100 + Number(minor) >= year * 100 + month;
}
