import { BaiError } from '../errors.js';

/** Several setups at once cost each of them one; a program that writes all the time ends it. */
const ATTEMPTS = 6;

/**
 * Plans and applies, and again where somebody wrote at the same moment: what they wrote is looked at
 * then.
 *
 * @param attempt looks at everything anew each time
 * @throws BaiError those of `attempt`; `plan-outdated` only of the last time
 */
export async function retryOutdated<T>(attempt: (again: boolean) => Promise<T>): Promise<T> {
  for (let count = 1; ; count++) {
    try {
      return await attempt(count > 1);
    } catch (error) {
      const outdated = error instanceof BaiError && error.code === 'plan-outdated';
      if (!outdated || count === ATTEMPTS) throw error;
    }
  }
}
