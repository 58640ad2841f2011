import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { watchChild } from './secret-watch.js';

export const PROGRAM = fileURLToPath(new URL('../../../dist/bin/bai-win.cjs', import.meta.url));

/** What a run of the program left: both outputs as text, and the exit code. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts the built program, as a user would, without a terminal.
 *
 * @param options `program`: another build of it; `input`: all of its standard input, which is left
 *   open without it
 */
export function startBaiWin(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd?: string,
  { program = PROGRAM, input }: { program?: string; input?: string } = {},
): ChildProcess {
  const child = spawn(process.execPath, [program, ...args], {
    env,
    stdio: 'pipe',
    ...(cwd === undefined ? {} : { cwd }),
  });
  watchChild(child, {
    args,
    env,
    ...(cwd === undefined ? {} : { cwd }),
    ...(input === undefined ? {} : { input }),
  });
  if (input !== undefined) child.stdin.end(input);
  return child;
}

/**
 * Runs the built program to its end.
 *
 * @param options `program`: another build of it
 */
export async function baiWin(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  options: { cwd?: string; input?: string; program?: string } = {},
): Promise<Outcome> {
  const child = startBaiWin(args, env, options.cwd, { input: '', ...options });
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
