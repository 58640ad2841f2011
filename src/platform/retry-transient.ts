import { setTimeout as timer } from 'node:timers/promises';
import { errorCode } from './read-file.js';

/**
 * What Windows answers while another program has a file open without sharing its deletion: virus
 * scanners, the search indexer and OneDrive after each write, FileZilla while it reads its settings.
 */
const TRANSIENT: ReadonlySet<string> = new Set(['EPERM', 'EACCES', 'EBUSY']);

/** Waits between attempts double from the first to the second figure. */
const FIRST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 250;

/** Sum of the waits: scanners let go within a second or two. */
const WAIT_LIMIT_MS = 5_000;

/** Replaced in tests. */
interface RetryHost {
  readonly platform: NodeJS.Platform;
  readonly sleep: (ms: number) => Promise<unknown>;
}

const thisHost: RetryHost = { platform: process.platform, sleep: timer };

/**
 * Renames or removes a file, and on Windows tries again while another program holds it for a moment.
 * Elsewhere the same codes say that it is not allowed, and waiting would not help.
 * @throws what `attempt` threw last
 */
export async function retryTransient(
  attempt: () => Promise<void>,
  host: RetryHost = thisHost,
): Promise<void> {
  let waited = 0;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    try {
      await attempt();
      return;
    } catch (error) {
      const transient = host.platform === 'win32' && TRANSIENT.has(errorCode(error) ?? '');
      if (!transient || waited >= WAIT_LIMIT_MS) throw error;
    }
    await host.sleep(wait);
    waited += wait;
  }
}
