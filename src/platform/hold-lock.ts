import { withProcessLock } from './process-lock.js';

/**
 * Takes a lock as `withProcessLock` does, for work that does not fit into one function.
 *
 * @param patience as there
 * @returns gives it back; may be called more than once
 * @throws BaiError those of `withProcessLock`
 */
export function holdLock(path: string, patience?: number): Promise<() => Promise<void>> {
  return new Promise((resolve, reject) => {
    const done = withProcessLock(
      path,
      () =>
        new Promise<void>((giveBack) => {
          resolve(async () => {
            giveBack();
            await done;
          });
        }),
      patience,
    );
    done.catch(reject);
  });
}
