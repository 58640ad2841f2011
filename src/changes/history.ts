import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BaiError } from '../errors.js';
import { removeFile, temporaryName, writeFileAtomic } from '../platform/atomic-write.js';
import { ensurePrivateDirectory } from '../platform/private-files.js';
import { listFiles, readFileIfExists } from '../platform/read-file.js';
import type { Change, RegistryChange } from './change.js';

/** How many applied plans are kept, to be taken back. */
const KEPT = 5;

/** A file change as history remembers it: the old bytes to restore, the new ones only to recognise. */
interface RecordedFile {
  readonly kind: 'file';
  readonly title: string;
  readonly path: string;
  readonly secret: boolean;
  readonly before: Buffer | null;
  /** See `FileChange`. */
  readonly remnant?: Buffer | undefined;
  /** Mode of the file before; absent where there was none. */
  readonly mode?: number | undefined;
  /** SHA-256 of the new bytes, hexadecimal; `null` where the file was removed. */
  readonly afterHash: string | null;
}

export type RecordedChange = RecordedFile | RegistryChange;

/**
 * - `applying`: written before the first change; a plan found so was interrupted
 * - `applied`: all changes were made; can be taken back
 * - `undoing`: being taken back
 */
type PlanState = 'applying' | 'applied' | 'undoing';

/** One plan that was, is being or will be applied. */
export interface RecordedPlan {
  readonly number: number;
  /**
   * Of the names of its temporary files. Random: another bai-win with folders of its own may write beside
   * the same files at the same time.
   */
  readonly tag: string;
  readonly state: PlanState;
  readonly changes: readonly RecordedChange[];
  /** Folders of other programs that were missing and are made by the plan, outermost first. */
  readonly madeDirectories: readonly string[];
}

/** Counts up when the form of the stored plans changes. */
const VERSION = 1;

/** A plan as JSON: bytes in base64. */
interface StoredPlan extends Omit<RecordedPlan, 'changes' | 'tag'> {
  readonly version: number;
  /** Absent in those of earlier versions, which named temporary files by the number. */
  readonly tag?: string;
  readonly changes: readonly (StoredFile | RegistryChange)[];
}

interface StoredFile extends Omit<RecordedFile, 'before' | 'remnant'> {
  readonly before: string | null;
  readonly remnant?: string | undefined;
}

/** SHA-256 of a file's bytes, hexadecimal; `null` for no file. */
export function contentHash(bytes: Buffer | null): string | null {
  return bytes === null ? null : createHash('sha256').update(bytes).digest('hex');
}

/** What history remembers of a change that is about to be made. */
export function recordOf(change: Change, mode: number | undefined): RecordedChange {
  if (change.kind === 'registry') return change;
  const { kind, title, path, secret, before, after, remnant } = change;
  return { kind, title, path, secret, before, remnant, mode, afterHash: contentHash(after) };
}

/** Numbers of the recorded plans, oldest first. */
export async function recordedNumbers(history: string): Promise<number[]> {
  return ((await listFiles(history)) ?? [])
    .flatMap((name) => /^(\d+)\.json$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/**
 * Stores a plan, flushed to the disk when this returns.
 * @throws BaiError where it cannot be stored; nothing may be changed then
 */
export async function storePlan(history: string, plan: RecordedPlan): Promise<void> {
  await ensurePrivateDirectory(history);
  const changes = plan.changes.map((change) =>
    change.kind === 'file'
      ? {
          ...change,
          before: change.before?.toString('base64') ?? null,
          remnant: change.remnant?.toString('base64'),
        }
      : change,
  );
  const text = JSON.stringify({ version: VERSION, ...plan, changes });
  await writeFileAtomic(planFile(history, plan.number), Buffer.from(`${text}\n`), {
    private: true,
    temporaryName: temporaryName('plan'),
  });
}

/**
 * Reads a stored plan.
 * @throws BaiError where it is not one
 */
export async function readPlan(history: string, number: number): Promise<RecordedPlan> {
  const path = planFile(history, number);
  const bytes = await readFileIfExists(path);
  try {
    const stored = JSON.parse(bytes?.toString() ?? '') as StoredPlan;
    if (stored.version !== VERSION) throw new Error(`version ${stored.version}`);
    return {
      ...stored,
      tag: stored.tag ?? String(number),
      changes: stored.changes.map((change) =>
        change.kind === 'file'
          ? {
              ...change,
              before: change.before === null ? null : Buffer.from(change.before, 'base64'),
              remnant:
                change.remnant === undefined ? undefined : Buffer.from(change.remnant, 'base64'),
            }
          : change,
      ),
    };
  } catch (cause) {
    throw new BaiError(
      'history-not-understood',
      `cannot understand the record of an earlier run, ${path}: ${(cause as Error).message}`,
      'it was made by another version of bai-win or damaged; move it away and run the command again',
      { cause },
    );
  }
}

/** Forgets a plan: it was taken back. */
export async function forgetPlan(history: string, number: number): Promise<void> {
  await removeFile(planFile(history, number));
}

/** Forgets the oldest plans, so that one more makes five. */
export async function makeRoom(history: string, numbers: readonly number[]): Promise<void> {
  for (const number of numbers.slice(0, -(KEPT - 1))) await forgetPlan(history, number);
}

/** When a plan was last stored. */
export async function planTime(history: string, number: number): Promise<Date> {
  return (await stat(planFile(history, number))).mtime;
}

function planFile(history: string, number: number): string {
  return join(history, `${String(number).padStart(6, '0')}.json`);
}
