import { BaiError } from '../errors.js';
import type { Manager } from './sign-in.js';
import type { Workspace } from './workspace.js';

/**
 * How often a login is made to last longer, in milliseconds. Webservers keep one for a week unless
 * they are told otherwise (protocol section 1.5).
 */
const EVERY = 10 * 60_000;

/**
 * Makes the login to a web console last while its tunnel is in use, and tells when it has ended all
 * the same, before the next connection fails. A tunnel that nobody uses lets it end.
 *
 * @param manager asked each time, since people sign in again while a tunnel is open
 * @param inUse whether clients are connected now
 * @returns ends it
 */
export function keepLoggedIn(
  { log, notice, options }: Pick<Workspace, 'log' | 'notice' | 'options'>,
  manager: () => Promise<Manager>,
  inUse: () => boolean,
): () => void {
  let told = false;
  const extend = async (): Promise<void> => {
    try {
      const until = await (await manager()).extendLogin?.();
      if (until instanceof Date) log(`the login lasts until ${until.toISOString()}`);
      told = false;
    } catch (error) {
      if (!(error instanceof BaiError)) throw error;
      if (error.code !== 'login-expired') log(`the login was not extended: ${error.message}`);
      else if (!told) notice(`${error.message} (${error.forOwner(options).hint})`);
      told = true;
    }
  };
  const timer = setInterval(() => {
    if (inUse()) void extend();
  }, EVERY).unref();
  return () => {
    clearInterval(timer);
  };
}
