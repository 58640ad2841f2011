import { KeyError } from '../../src/convert/index.js';

/** The KeyError that a promise must end with. */
export async function failure(promise: Promise<unknown>): Promise<KeyError> {
  const error: unknown = await promise.then(
    () => 'no error at all',
    (caught: unknown) => caught,
  );
  if (error instanceof KeyError) return error;
  throw new Error(`no KeyError but ${String(error)}`);
}
