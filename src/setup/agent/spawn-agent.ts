import { spawn, type ChildProcess } from 'node:child_process';
import { inherited } from '../workspace.js';

/**
 * Starts a program of ours as a process of its own, without a window, that does not keep this one.
 *
 * @param folder to run in: it stays for days, and must not keep anybody's folder from being deleted
 * @param words the program's file, and its arguments
 * @param more environment beside that of this process
 */
export function spawnAgent(
  folder: string,
  words: readonly string[],
  more: NodeJS.ProcessEnv,
): ChildProcess {
  const child = spawn(process.execPath, words, {
    cwd: folder,
    env: { ...process.env, ...more },
    detached: true,
    stdio: 'ignore',
    windowsHide: true,
  });
  child.unref();
  return child;
}

/**
 * Starts an agent by the command line of this one, which it is to take the place of, whatever version it
 * is of. Where that succeeds, this one is asked to end.
 *
 * @param folder see `spawnAgent`
 * @returns why there is no successor (any more), once that is so
 */
export function startSuccessor(folder: string): Promise<string> {
  const child = spawnAgent(folder, process.argv.slice(1), {
    [inherited.predecessor]: String(process.pid),
  });
  return new Promise((resolve) => {
    child.once('error', ({ message }) => {
      resolve(`it could not be started: ${message}`);
    });
    child.once('exit', (code, signal) => {
      resolve(signal === null ? `it ended with exit code ${String(code)}` : `${signal} ended it`);
    });
  });
}
