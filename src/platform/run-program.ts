import { spawn } from 'node:child_process';
import { BaiError } from '../errors.js';

/** What a program left behind. Output is raw bytes: Windows tools write in the console's code page. */
interface ProgramResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Runs a program to its end; the form in which callers take `runProgram`, so that tests can replace it. */
export type ProgramRunner = (file: string, args: readonly string[]) => Promise<ProgramResult>;

/** The tools of Windows that we run answer in milliseconds; a virus scanner may hold them for seconds. */
const TIMEOUT_MS = 30_000;

/** More than any tool that we run ever says; their data goes through files. */
const OUTPUT_LIMIT_BYTES = 1 << 20;

/**
 * Runs `file` with `args` (no shell, no window, no input) and waits for its end.
 * A non-zero exit code is a result, not an error.
 * @throws BaiError where it cannot be started, does not end in time, was killed, or talks without end
 */
export const runProgram: ProgramRunner = (file, args) =>
  new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let size = 0;
    let failure: BaiError | undefined;

    const stop = (error: BaiError): void => {
      failure ??= error;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(() => {
      stop(
        new BaiError(
          'program-timeout',
          `${file} did not finish within ${TIMEOUT_MS / 1000} s`,
          'run the command again; if it stays so, see whether a virus scanner holds the program',
        ),
      );
    }, TIMEOUT_MS);
    const collect = (into: Buffer[]) => (chunk: Buffer) => {
      size += chunk.length;
      if (size <= OUTPUT_LIMIT_BYTES) into.push(chunk);
      else {
        stop(
          new BaiError(
            'program-output-too-long',
            `${file} printed more than ${OUTPUT_LIMIT_BYTES} bytes`,
            `run it by hand to see what it says: ${[file, ...args].join(' ')}`,
          ),
        );
      }
    };
    child.stdout.on('data', collect(stdout));
    child.stderr.on('data', collect(stderr));
    child.on('error', (cause) => {
      clearTimeout(timer);
      reject(
        new BaiError(
          'program-not-started',
          `cannot start ${file}: ${cause.message}`,
          'see whether the program is there and may be run',
          { cause },
        ),
      );
    });
    child.on('close', (exitCode, signal) => {
      clearTimeout(timer);
      if (exitCode !== null && failure === undefined) {
        resolve({ exitCode, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) });
        return;
      }
      reject(
        failure ??
          new BaiError(
            'program-killed',
            `${file} was ended by ${signal ?? 'another program'}`,
            'run the command again',
          ),
      );
    });
  });
