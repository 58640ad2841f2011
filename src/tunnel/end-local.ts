import type { Local } from './local.js';
import type { Timing } from './timing.js';

/**
 * Delivers everything, then a FIN, and waits until the client has ended its side too: before that, its
 * last bytes may still be with the system, which would forget them at a close. What the client sends
 * meanwhile has to be read by the caller.
 */
export function endLocal(local: Local, { collect, close }: Timing): Promise<void> {
  const { readable, writable } = local;
  const patience = local.losesUnread ? collect : close;
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const done = (): void => {
      clearTimeout(timer);
      local.destroy();
      resolve();
    };
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(done, patience);
    };
    writable.once('close', done);
    writable.end(() => {
      if (readable.readableEnded || writable.destroyed) {
        done();
        return;
      }
      readable.once('end', done);
      readable.on('data', wait);
      wait();
    });
  });
}
