import { expect } from 'vitest';
import { baiWinExe } from './bai-win-exe.js';
import type { Wine } from './wine.js';

/** The parts of what `setup --json` prints that scripts, and these tests, build on. */
export interface SetupOutput {
  readonly site: {
    readonly id: string;
    readonly port: number;
    readonly user: string;
    readonly keyPath: string;
    readonly ppkPath: string;
  };
  readonly hostKey: string;
  readonly changed: boolean;
  readonly changes: readonly unknown[];
}

/** Runs `bai-win setup SESSION` on Windows, which has to succeed. */
export async function setUpOnWindows(
  wine: Wine,
  env: Readonly<Record<string, string>>,
  session: string,
  options: readonly string[] = [],
): Promise<SetupOutput> {
  const setup = await baiWinExe(wine, env, [
    'setup',
    session,
    '--for',
    'filezilla,putty',
    '--json',
    ...options,
  ]);
  expect(setup.code, setup.stdout + setup.stderr).toBe(0);
  return JSON.parse(setup.stdout) as SetupOutput;
}
