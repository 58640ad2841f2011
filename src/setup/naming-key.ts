import { KeyError } from '../convert/index.js';
import { BaiError } from '../errors.js';

/**
 * What is done with a key, where failures name the file that it came from: those who read and write
 * keys know bytes alone.
 *
 * @param name of the file, or what else people know the key by
 * @throws BaiError with the code and the hint of the KeyError that `work` throws; anything else as it is
 */
export async function namingKey<T>(name: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (!(error instanceof KeyError)) throw error;
    throw new BaiError(error.code, `${name}: ${error.message}`, error.hint, { cause: error });
  });
}
