import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  startInBackground,
  type BackgroundProgram,
} from '../../clients/support/background-program.js';
import { runProgram, type ProgramResult } from '../../clients/support/run-program.js';
import { nodeExe } from './node-exe.js';
import { makeWinePrefix, wineEnvironment } from './wine-prefix.js';

/** A Windows of our own. What Wine 8 can and cannot do stands in the README of test/windows. */
export interface Wine {
  /** Runs node.exe to its end; `args` as for `node`, paths in Windows form. */
  runNode(args: readonly string[], options?: NodeOptions): Promise<ProgramResult>;
  /** Starts node.exe beside the test. */
  startNode(args: readonly string[], options?: NodeOptions): Promise<WindowsProgram>;
  /** Runs a program of Wine itself, such as `reg`. */
  run(args: readonly string[]): Promise<ProgramResult>;
  /** Ends all that runs, and logs the user on again, with `env` added to the environment. */
  logOn(env: Readonly<Record<string, string>>): Promise<void>;
  /** Ends every Windows program and the Wine server. */
  stop(): Promise<void>;
  /** `/a/b` as a Windows program names it: `Z:\a\b`. */
  windowsPath(path: string): string;
  /** Where a path on C: lies in the Linux file system. */
  linuxPath(path: string): string;
  /** `%APPDATA%` in the Linux file system. */
  readonly appData: string;
}

interface NodeOptions {
  /** Added to the environment. `APPDATA` and its like are set by Wine. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export interface WindowsProgram extends BackgroundProgram {
  /** What it has written to standard error so far; `output` has standard output alone. */
  errors(): string;
  /** What a Ctrl-C in its console does. */
  interrupt(): void;
}

type OutputApart = Omit<WindowsProgram, 'interrupt'>;

/** Starts with a fresh C: drive and registry in `folder`. */
export async function startWine(folder: string): Promise<Wine> {
  const prefix = await makeWinePrefix(folder);
  const node = await nodeExe();
  const baseEnvironment = wineEnvironment(prefix);

  function linuxPath(path: string): string {
    if (!/^c:\\/i.test(path)) throw new Error(`not a path on C: ${path}`);
    return join(prefix, 'drive_c', ...path.slice(3).split('\\'));
  }

  /** Under Wine 8 a program that writes to a pipe of ours writes nothing: hence the files. */
  async function start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<OutputApart> {
    const base = join(folder, `wine-${randomBytes(4).toString('hex')}`);
    const errorFile = `${base}.err`;
    const program = await startInBackground('wine', args, {
      env: { ...baseEnvironment, ...env },
      outputFile: `${base}.out`,
      errorFile,
    });
    return { ...program, errors: () => readFileSync(errorFile, 'utf8') };
  }

  async function finish(program: OutputApart, timeoutMs: number): Promise<ProgramResult> {
    const overtime = new AbortController();
    const timer = sleep(timeoutMs, 'overtime' as const, { signal: overtime.signal });
    const ended = await Promise.race([program.ended, timer.catch(() => null)]);
    overtime.abort();
    const [stdout, stderr] = [program.output(), program.errors()];
    if (ended === 'overtime') {
      await program.stop();
      throw new Error(
        `a Windows program had not ended after ${timeoutMs} ms\n${stdout}\n${stderr}`,
      );
    }
    return { code: ended, stdout, stderr };
  }

  const stop = async (): Promise<void> => {
    await runProgram('wineserver', ['-k'], { env: baseEnvironment });
    await runProgram('wineserver', ['-w'], { env: baseEnvironment });
  };

  return {
    runNode: async (args, options) =>
      finish(await start([node, ...args], options?.env), options?.timeoutMs ?? 60_000),
    startNode: async (args, options) => {
      const program = await start([node, ...args], options?.env);
      return {
        ...program,
        interrupt: () => {
          // Wine turns this signal into a console Ctrl-C.
          process.kill(program.pid, 'SIGINT');
        },
      };
    },
    run: async (args) => finish(await start(args), 60_000),
    logOn: async (env) => {
      await stop();
      const { code, stderr } = await finish(await start(['wineboot'], env), 60_000);
      if (code !== 0) throw new Error(`wineboot failed: ${stderr}`);
    },
    stop,
    windowsPath: (path) => `Z:${path.replaceAll('/', '\\')}`,
    linuxPath,
    appData: linuxPath(`C:\\users\\${userInfo().username}\\AppData\\Roaming`),
  };
}
