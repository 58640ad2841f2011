import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { killTree, stopTree } from './process-tree.js';

/** A program that runs beside the test: a server, a display, a client with windows. */
export interface BackgroundProgram {
  readonly pid: number;
  /** Its exit code once it has ended; `null` when a signal ended it. */
  readonly ended: Promise<number | null>;
  /** What it has printed so far: both streams, or standard output alone with `errorFile`. */
  output(): string;
  /** Whether it has not ended yet. */
  running(): boolean;
  /** Ends it and everything that it started. May be called more than once. */
  stop(): Promise<void>;
}

interface BackgroundOptions {
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** File that receives both output streams. */
  readonly outputFile: string;
  /** File that receives standard error instead. */
  readonly errorFile?: string;
}

/** Programs to kill if this process ends while they run, e.g. after a failed set-up hook. */
const running = new Set<number>();
process.once('exit', () => {
  for (const pid of running) killTree(pid);
});

/**
 * Starts a program in a session of its own, without input.
 *
 * @throws Error when it cannot be started
 */
export async function startInBackground(
  file: string,
  args: readonly string[],
  options: BackgroundOptions,
): Promise<BackgroundProgram> {
  const output = openSync(options.outputFile, 'a', 0o600);
  const errors = options.errorFile === undefined ? output : openSync(options.errorFile, 'a', 0o600);
  const child = spawn(file, args, {
    env: options.env,
    detached: true,
    stdio: ['ignore', output, errors],
  });
  for (const descriptor of new Set([output, errors])) closeSync(descriptor);
  await once(child, 'spawn');
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${file} has no process id`);
  running.add(pid);
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => {
      running.delete(pid);
      resolve(code);
    });
  });
  return {
    pid,
    ended,
    output: () => readFileSync(options.outputFile, 'utf8'),
    running: () => running.has(pid),
    stop: async () => {
      if (!running.has(pid)) return;
      await stopTree(pid);
      await ended;
    },
  };
}
