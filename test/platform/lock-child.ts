import { open, unlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { withProcessLock } from '../../src/platform/process-lock.js';

const lock = process.argv[2] ?? '';
const marker = `${lock}-inside`;

/** Works under the lock when it is told to, and says whether it was the only one. */
async function useLock(): Promise<string> {
  return withProcessLock(lock, async () => {
    const file = await open(marker, 'wx');
    await sleep(5);
    await file.close();
    await unlink(marker);
    return 'alone';
  });
}

process.on('message', () => {
  useLock().then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.(String(error)),
  );
});
process.send?.('ready');
