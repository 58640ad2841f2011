import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { watchOutput } from '../../cli/support/secret-watch.js';
import { startInBackground, type BackgroundProgram } from './background-program.js';
import type { ClientHome } from './client-home.js';
import { runProgram, type ProgramResult } from './run-program.js';

/**
 * The program as it is installed. These tests run what users run, so it has to be built first.
 *
 * @throws Error when it has not been built
 */
export function builtProgram(): string {
  const file = join(import.meta.dirname, '../../../dist/bin/bai-win.cjs');
  if (!existsSync(file)) throw new Error('dist/bin/bai-win.cjs is missing: type npm run build');
  return file;
}

/** Runs `bai-win ARGS` to its end, in a home folder and with the `BACKEND_*` variables in `env`. */
export async function baiWin(
  home: ClientHome,
  env: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<ProgramResult> {
  const result = await runProgram(process.execPath, [builtProgram(), ...args], {
    env: { ...home.env, ...env },
    cwd: home.path,
    timeoutMs: 60_000,
  });
  watchOutput({ args, env }, result.stdout + result.stderr);
  return result;
}

/** Starts `bai-win ARGS` beside the test; its output goes to a file in `folder`. */
export async function startBaiWin(
  folder: string,
  home: ClientHome,
  env: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<BackgroundProgram> {
  const program = await startInBackground(process.execPath, [builtProgram(), ...args], {
    env: { ...home.env, ...env },
    outputFile: join(folder, `bai-win-${randomBytes(4).toString('hex')}.log`),
  });
  void program.ended.then(() => {
    watchOutput({ args, env }, program.output());
  });
  return program;
}
