import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { BaiError } from '../errors.js';

/** A program that cannot run here, without a display for example, ends sooner than this. */
const SETTLED_MS = 1_000;

/** A program with a window that was started and goes its own way. */
interface StartedProgram {
  /** Settles when it ends; until then, only this process's end is not waited for. */
  readonly ended: Promise<void>;
}

/**
 * Starts a program with `args` (no shell), apart from this process: Ctrl-C here does not end it.
 * @throws BaiError `program-not-started`, `program-ended` where it fails at once
 */
export async function startProgram(file: string, args: readonly string[]): Promise<StartedProgram> {
  const child = spawn(file, args, { stdio: 'ignore', detached: true });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const ended = exit.then(() => undefined);
  // An error before `spawn` is thrown by `started`; there is none of this kind afterwards.
  ended.catch(() => undefined);
  await started(child, file);
  const early = await Promise.race([exit, sleep(SETTLED_MS, null)]);
  // One that hands over to another that runs ends at once too, with 0.
  if (early !== null && early[0] !== 0) {
    throw new BaiError(
      'program-ended',
      `${file} ended at once, with exit code ${early[0] ?? 'none'}`,
      'start it by hand once to see what is wrong with it',
    );
  }
  child.unref();
  return { ended };
}

/**
 * Runs a program with `args` (no shell) in this terminal window, and waits for its end.
 * @returns its exit code; `null` where a signal ended it
 * @throws BaiError `program-not-started`
 */
export async function runInTerminal(file: string, args: readonly string[]): Promise<number | null> {
  // Ctrl-C is meant for the program; this process waits for what that makes of it.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  try {
    const child = spawn(file, args, { stdio: 'inherit' });
    const ended = once(child, 'exit');
    ended.catch(() => undefined);
    await started(child, file);
    const [code] = (await ended) as [number | null];
    return code;
  } finally {
    process.off('SIGINT', ignore);
  }
}

async function started(child: ChildProcess, file: string): Promise<void> {
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new BaiError(
      'program-not-started',
      `${file} could not be started: ${(cause as Error).message}`,
      'start it by hand once to see what is wrong with it',
      { cause },
    );
  }
}
