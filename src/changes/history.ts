import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BaiError } from '../errors.js';
import { removeFile, temporaryName, writeFileAtomic } from '../platform/atomic-write.js';
import { ensurePrivateDirectory } from '../platform/private-files.js';
import { listFiles, readFileIfExists } from '../platform/read-file.js';
import type { Change } from './change.js';
import { decodePlan, encodePlan, type RecordedChange, type RecordedPlan } from './recorded-plan.js';

/** How many applied plans are kept, to be taken back. */
const KEPT = 5;

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
    .flatMap((name) => /^(\d{6,})\.json$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/**
 * Stores a plan, flushed to the disk when this returns.
 * @throws BaiError where it cannot be stored; nothing may be changed then
 */
export async function storePlan(history: string, plan: RecordedPlan): Promise<void> {
  await ensurePrivateDirectory(history);
  await writeFileAtomic(planFile(history, plan.number), encodePlan(plan), {
    private: true,
    temporaryName: temporaryName('plan'),
  });
}

/**
 * Reads a stored plan.
 * @throws BaiError `history-not-understood` where it is not one, and where it cannot be read
 */
export async function readPlan(history: string, number: number): Promise<RecordedPlan> {
  const path = planFile(history, number);
  const bytes = await readFileIfExists(path);
  try {
    return decodePlan(bytes?.toString() ?? '', number);
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
