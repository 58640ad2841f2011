import { spawn } from 'node:child_process';
import { buffer } from 'node:stream/consumers';
import { stopTree } from './process-tree.js';

export interface ProgramResult {
  /** Exit code; `null` when a signal ended the program. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Written to standard input, which is closed afterwards. */
  readonly input?: string;
  readonly timeoutMs?: number;
}

/**
 * Runs a program to its end. It has no terminal (a session of its own), so that it cannot ask.
 *
 * @throws Error when it cannot be started or has not ended after `timeoutMs` (default 30 s)
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: RunOptions,
): Promise<ProgramResult> {
  const timeoutMs = options.timeoutMs ?? 30_000;
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A program that ends without reading its input closes the pipe under us; that is its right.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');

  const timeout = new AbortController();
  const timer = setTimeout(() => {
    timeout.abort();
    if (child.pid !== undefined) void stopTree(child.pid);
  }, timeoutMs);
  try {
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    const [code, stdout, stderr] = await Promise.all([
      ended,
      buffer(child.stdout),
      buffer(child.stderr),
    ]);
    const result = { code, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') };
    if (timeout.signal.aborted) {
      throw new Error(
        `${file} had not ended after ${timeoutMs} ms\n${result.stdout}\n${result.stderr}`,
      );
    }
    return result;
  } finally {
    clearTimeout(timer);
  }
}
