import type { BigIntStats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode, readFileIfExists } from '../../platform/read-file.js';
import { olderLog } from '../../tunnel/agent/log-file.js';
import type { Workspace } from '../workspace.js';
import { agentPlaces } from './address.js';

/** Watching a file is told differently by every system; looking is not. */
const LOOK_EVERY_MS = 300;

/** What the agent has logged, oldest first; empty where it never ran. */
export async function readLog(workspace: Workspace): Promise<string> {
  const { logFile } = agentPlaces(workspace);
  const [older, newer] = await Promise.all([
    readFileIfExists(olderLog(logFile)),
    readFileIfExists(logFile),
  ]);
  return `${older?.toString('utf8') ?? ''}${newer?.toString('utf8') ?? ''}`;
}

/**
 * Gives what has been logged, and what is from then on, in whole lines, until the process ends.
 *
 * @throws the system's error where the log cannot be read
 */
export async function followLog(
  workspace: Workspace,
  print: (text: string) => void,
): Promise<never> {
  const { logFile } = agentPlaces(workspace);
  let reader = await LogReader.open(logFile);
  const older = await LogReader.open(olderLog(logFile));
  // Else it was moved aside in between, and comes as the newer one.
  if (older !== null && !(await older.isAt(reader))) print(await older.more());
  await older?.close();
  for (;;) {
    // Asked first: what a file is told as gone has got all its lines.
    const hasMoved = reader !== null && !(await reader.isStill(logFile));
    const text = (await reader?.more()) ?? '';
    if (text !== '') print(text);
    if (reader === null || hasMoved) {
      await reader?.close();
      reader = await LogReader.open(logFile);
    }
    if (!hasMoved) await sleep(LOOK_EVERY_MS);
  }
}

/** One file of the log, which is read to its end whatever it is called by then. */
class LogReader {
  readonly #file: FileHandle;
  #offset = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** @returns `null` where there is none */
  static async open(path: string): Promise<LogReader | null> {
    try {
      return new LogReader(await open(path));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null;
      throw error;
    }
  }

  /** The lines that came since the last time; one that is being written is left for the next. */
  async more(): Promise<string> {
    const { size } = await this.#file.stat();
    const bytes = Buffer.alloc(Math.max(0, size - this.#offset));
    const { bytesRead } = await this.#file.read(bytes, 0, bytes.length, this.#offset);
    const lines = bytes.subarray(0, bytes.subarray(0, bytesRead).lastIndexOf('\n') + 1);
    this.#offset += lines.length;
    return lines.toString('utf8');
  }

  /** Whether both read the same file. */
  async isAt(other: LogReader | null): Promise<boolean> {
    return other !== null && isSame(await this.#file.stat(STABLE), await other.#file.stat(STABLE));
  }

  /** Whether the file still has this path. */
  async isStill(path: string): Promise<boolean> {
    try {
      return isSame(await this.#file.stat(STABLE), await stat(path, STABLE));
    } catch (error) {
      // What Windows does not tell at this moment it tells at the next.
      return errorCode(error) !== 'ENOENT';
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** Numbers of files have 64 bits on Windows. */
const STABLE = { bigint: true } as const;

function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}
