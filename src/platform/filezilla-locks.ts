import { BaiError } from '../errors.js';
import { isSiteManagerOpen } from './filezilla-lock-file.js';
import { SAVE_WAIT_MS, startMutexHolder, type MutexHolder } from './filezilla-mutex.js';

/** Whose rules hold; replaced in tests. */
interface LockHost {
  readonly platform: NodeJS.Platform;
  readonly startMutexHolder: () => MutexHolder;
  readonly isSiteManagerOpen: (settings: string) => Promise<boolean>;
}

const thisHost: LockHost = { platform: process.platform, startMutexHolder, isSiteManagerOpen };

/**
 * Runs `use`, which changes FileZilla's site list, unless its Site Manager is open: on closing, that
 * dialog would overwrite the change. On Windows nothing of FileZilla's can touch the list meanwhile,
 * so `use` should be short; on Linux the dialog is looked for before; on macOS nobody tells.
 * @param settings FileZilla's settings folder
 * @throws BaiError where the Site Manager is open, or FileZilla keeps its file; `use` was not run then
 */
export async function withFileZillaLocks<T>(
  settings: string,
  use: () => Promise<T>,
  host: LockHost = thisHost,
): Promise<T> {
  if (host.platform === 'linux' && (await host.isSiteManagerOpen(settings))) {
    throw siteManagerOpen();
  }
  if (host.platform !== 'win32') return use();
  const holder = host.startMutexHolder();
  try {
    const answer = await holder.answer;
    if (answer === 'open') throw siteManagerOpen();
    if (answer === 'busy') {
      throw new BaiError(
        'filezilla-busy',
        `FileZilla has kept its site list locked for ${SAVE_WAIT_MS / 1000} s`,
        'answer the question that FileZilla may be asking, or close it; then run the command again',
      );
    }
    return await use();
  } finally {
    await holder.release();
  }
}

function siteManagerOpen(): BaiError {
  return new BaiError(
    'filezilla-site-manager-open',
    'the Site Manager of FileZilla is open and would overwrite the new entry',
    'close that window (FileZilla itself may stay open), then run the command again',
  );
}
