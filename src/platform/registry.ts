import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BaiError } from '../errors.js';
import { runProgram, type ProgramRunner } from './run-program.js';
import { systemProgram } from './windows-system.js';

/** The registry as text in the form of `reg-file.ts`. */
export interface Registry {
  /**
   * A key with everything below it as a .reg file, or `null` where there is no such key.
   * @throws BaiError where it is there and cannot be read
   */
  exportKey(key: string): Promise<Buffer | null>;
  /**
   * Merges a .reg file.
   * @throws BaiError where Windows refuses
   */
  importFile(file: Buffer): Promise<void>;
}

/** The registry of this machine; `null` where there is none. */
export function systemRegistry(platform: NodeJS.Platform): Registry | null {
  return platform === 'win32' ? regExeRegistry(runProgram) : null;
}

/** A key that every user has, and one that nobody has; asked to find out why an export failed. */
const PRESENT_KEY = 'HKEY_CURRENT_USER';
const ABSENT_KEY = 'HKEY_CURRENT_USER\\Software\\bai-win\\no-such-key';

/**
 * The registry through `reg.exe`, by files: what it prints is in the console's code page and cuts
 * names short, its files are complete.
 */
export function regExeRegistry(run: ProgramRunner): Registry {
  const reg = (...args: string[]) => run(systemProgram('reg.exe'), args);
  let absence: Promise<Buffer> | undefined;

  /**
   * `reg export` ends with code 1 for a missing key as for any failure, and its words are translated.
   * So the key counts as missing only if it says of it exactly what it says of a key that is certainly
   * not there, while it can read one that certainly is (administrators can forbid reg.exe altogether).
   */
  const absenceMessage = async (): Promise<Buffer> => {
    const [present, absent] = await Promise.all([
      reg('query', PRESENT_KEY),
      withScratch((folder) => reg('export', ABSENT_KEY, join(folder, 'key.reg'), '/y')),
    ]);
    if (present.exitCode !== 0 || absent.exitCode === 0) {
      throw new BaiError(
        'registry-not-available',
        'reg.exe cannot read your own part of the registry',
        'ask the administrator of this computer whether registry tools are disabled for you',
      );
    }
    return absent.stderr;
  };

  return {
    exportKey: (key) =>
      withScratch(async (folder) => {
        const file = join(folder, 'key.reg');
        const { exitCode, stderr } = await reg('export', key, file, '/y');
        if (exitCode === 0) return readFile(file);
        absence ??= absenceMessage();
        if (stderr.equals(await absence)) return null;
        throw new BaiError(
          'registry-key-not-readable',
          `reg.exe cannot read the registry key ${key}`,
          `see why: reg query "${key}"`,
        );
      }),
    importFile: (bytes) =>
      withScratch(async (folder) => {
        const file = join(folder, 'change.reg');
        await writeFile(file, bytes, { mode: 0o600, flag: 'wx' });
        const { exitCode } = await reg('import', file);
        if (exitCode === 0) return;
        throw new BaiError(
          'registry-not-written',
          `reg.exe ended with code ${exitCode} on importing the new values`,
          'see with regedit whether you may change the keys that were to be written',
        );
      }),
  };
}

/** Exports may hold passwords of proxies: a folder for the owner alone, gone when `use` is done. */
async function withScratch<T>(use: (folder: string) => Promise<T>): Promise<T> {
  // Mode 0700; on Windows %TEMP% lies in the user's profile, which others cannot enter.
  const folder = await mkdtemp(join(tmpdir(), 'bai-win-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
