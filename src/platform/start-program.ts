import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { BaiError } from '../errors.js';

/** A program with a window that was started and goes its own way. */
export interface StartedProgram {
  /** Settles when it ends; until then, only this process's end is not waited for. */
  readonly ended: Promise<void>;
}

/**
 * Starts a program with `args` (no shell), apart from this process: Ctrl-C here does not end it.
 * @throws BaiError `program-not-started`
 */
export async function startProgram(file: string, args: readonly string[]): Promise<StartedProgram> {
  const child = spawn(file, args, { stdio: 'ignore', detached: true });
  const ended = once(child, 'exit').then(() => undefined);
  // An error before `spawn` is thrown below; there is none of this kind afterwards.
  ended.catch(() => undefined);
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
  child.unref();
  return { ended };
}
