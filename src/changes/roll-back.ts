import { unlink } from 'node:fs/promises';
import { BaiError } from '../errors.js';
import type { RegData } from '../platform/reg-file.js';
import { batches } from './batches.js';
import { readCurrent } from './current-state.js';
import { contentHash } from './history.js';
import type { ChangeHost } from './host.js';
import { sameState, subjectOf } from './merge.js';
import type { RecordedChange, RecordedPlan } from './recorded-plan.js';
import { removeEmptyKeys, writeRegistry } from './registry-changes.js';
import { removeEmptyFolders, temporaryPath, writeFileChange } from './write-file-change.js';

/** Which state of its own a recorded file or value is in. */
type Standing = 'before' | 'after' | 'neither';

/** The standing of each change of a plan, in order. */
export async function standings(plan: RecordedPlan, host: ChangeHost): Promise<Standing[]> {
  const { values } = await readCurrent(plan.changes, host.registry);
  return plan.changes.map((change, index) => standing(change, values[index] ?? null));
}

function standing(change: RecordedChange, now: Buffer | RegData | null): Standing {
  if (sameState(now, change.before)) return 'before';
  const isAfter =
    change.kind === 'registry'
      ? sameState(now, change.after)
      : (now === null || Buffer.isBuffer(now)) && contentHash(now) === change.afterHash;
  return isAfter ? 'after' : 'neither';
}

/** What taking back a plan came to: names of files and values. */
interface RollBackResult {
  readonly restored: readonly string[];
  /** Changed by somebody else since, and therefore left alone. */
  readonly leftAlone: readonly string[];
}

/**
 * Gives every file and value of a plan its old content again, last one first, and leaves alone what
 * somebody else has changed since: files with a remnant get that then. May be interrupted and done again.
 * @throws BaiError where something cannot be read or written
 */
export async function rollBack(plan: RecordedPlan, host: ChangeHost): Promise<RollBackResult> {
  await removeTemporaryFiles(plan);
  const found = await standings(plan, host);
  const thoseIn = (wanted: Standing) => plan.changes.filter((_, index) => found[index] === wanted);
  const toRestore = thoseIn('after').toReversed();
  const overtaken: RecordedChange[] = [];
  for (const batch of batches(toRestore)) {
    if ('registry' in batch) {
      const inverse = batch.registry.map((change) => ({
        ...change,
        before: change.after,
        after: change.before,
      }));
      await writeRegistry(inverse, host.registry);
    } else {
      const { file } = batch;
      const { path, before: content, secret, mode } = file;
      const mayReplace = (now: Buffer | null): boolean => standing(file, now) === 'after';
      const change = { path, content, secret, mode, mayReplace };
      const tag = fileTag(plan, plan.changes.indexOf(file));
      if (!(await isWritten(writeFileChange(change, host.paths, tag)))) overtaken.push(file);
    }
  }
  const leftAlone = [...thoseIn('neither'), ...overtaken];
  const keeping = leftAlone.length === 0 ? [] : await writeRemnants(plan, leftAlone, host);
  await removeEmptyFolders(plan.madeDirectories);
  await removeEmptyKeys(plan.madeKeys, host.registry);
  return {
    restored: toRestore
      .filter((change) => !overtaken.includes(change) && !keeping.includes(change))
      .map(recordedSubject),
    leftAlone: leftAlone.map(recordedSubject),
  };
}

/** @returns the changes whose files have their remnant now */
async function writeRemnants(
  plan: RecordedPlan,
  leftAlone: readonly RecordedChange[],
  host: ChangeHost,
): Promise<RecordedChange[]> {
  const written: RecordedChange[] = [];
  for (const [index, change] of plan.changes.entries()) {
    if (change.kind !== 'file' || leftAlone.includes(change)) continue;
    const { path, remnant: content, secret, mode } = change;
    if (content === undefined || sameState(content, change.before)) continue;
    const mayReplace = (now: Buffer | null): boolean => standing(change, now) === 'before';
    const write = { path, content, secret, mode, mayReplace };
    if (await isWritten(writeFileChange(write, host.paths, fileTag(plan, index)))) {
      written.push(change);
    }
  }
  return written;
}

/** `false` where somebody else has changed the file meanwhile, which then stays. */
async function isWritten(writing: Promise<void>): Promise<boolean> {
  try {
    await writing;
    return true;
  } catch (error) {
    if (error instanceof BaiError && error.code === 'plan-overtaken') return false;
    throw error;
  }
}

/** Names the temporary file of a plan's change, the same whenever it is asked. */
export function fileTag(plan: RecordedPlan, index: number): string {
  return `${plan.tag}-${index}`;
}

/** The path, or registry key and value name in one. */
export function recordedSubject(change: RecordedChange): string {
  return change.kind === 'file' ? change.path : subjectOf(change);
}

/** A crash may leave the temporary file of the change that was being made. */
async function removeTemporaryFiles(plan: RecordedPlan): Promise<void> {
  for (const [index, change] of plan.changes.entries()) {
    if (change.kind !== 'file') continue;
    await unlink(await temporaryPath(change.path, fileTag(plan, index))).catch(() => undefined);
  }
}
