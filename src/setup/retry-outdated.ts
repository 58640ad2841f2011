import { BaiError } from '../errors.js';

/**
 * Plans and applies, and once more where somebody wrote at the same moment: what they wrote is looked
 * at then.
 *
 * @param attempt looks at everything anew each time
 * @throws BaiError those of `attempt`; `plan-outdated` only of the second time
 */
export async function retryOutdated<T>(attempt: (again: boolean) => Promise<T>): Promise<T> {
  try {
    return await attempt(false);
  } catch (error) {
    if (!(error instanceof BaiError) || error.code !== 'plan-outdated') throw error;
    return attempt(true);
  }
}
