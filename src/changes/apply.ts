import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BaiError } from '../errors.js';
import { ensurePrivateDirectory } from '../platform/private-files.js';
import { withProcessLock } from '../platform/process-lock.js';
import { backUp } from './backups.js';
import { batches } from './batches.js';
import type { Change } from './change.js';
import { readCurrent, type CurrentState } from './current-state.js';
import { forgetPlan, makeRoom, readPlan, recordedNumbers, recordOf, storePlan } from './history.js';
import type { ChangeHost } from './host.js';
import { mergeChanges, sameState, subjectOf } from './merge.js';
import type { RecordedPlan } from './recorded-plan.js';
import { missingKeys, writeRegistry } from './registry-changes.js';
import { fileTag, rollBack } from './roll-back.js';
import { missingFolders, writeFileChange } from './write-file-change.js';

/**
 * Applies a plan, all of it or nothing: checks that every file and value still is as the plan found
 * it, backs up what belongs to others, records the plan, and makes the changes in the order of their
 * stages. Where one fails, those before it are taken back. After a crash, `recover` does that.
 * @param onApplied is told of each change once it is on the disk
 * @returns the changes that were made; none where all is as it should be
 * @throws BaiError `plan-outdated` where something has changed since it was looked at (nothing was
 *   written), `plan-taken-back` where a change failed, `plan-partly-applied` where taking back failed
 */
export async function applyPlan(
  changes: readonly Change[],
  host: ChangeHost,
  onApplied: (change: Change) => void = () => undefined,
): Promise<Change[]> {
  const plan = mergeChanges(changes);
  if (plan.length === 0) return [];
  return withChangeLock(host, async () => {
    const { history } = host.paths;
    const numbers = await recordedNumbers(history);
    const last = numbers.at(-1);
    if (last !== undefined && (await readPlan(history, last)).state !== 'applied') {
      throw new BaiError(
        'plan-unfinished',
        'an earlier run was interrupted while it wrote',
        'run the command again: it will first repair that',
      );
    }
    const current = await readCurrent(plan, host.registry);
    refuseOutdated(plan, current);
    await backUpForeign(plan, current, host);
    const recorded = await record(plan, (last ?? 0) + 1, current, host);
    await storePlan(history, recorded);
    try {
      await write(plan, recorded, host, onApplied);
      await storePlan(history, { ...recorded, state: 'applied' });
    } catch (cause) {
      throw await takeBack(recorded, host, cause);
    }
    // What is one too many does no harm: the next run tries again.
    await makeRoom(history, numbers).catch(() => undefined);
    return plan;
  });
}

/** Runs `use` while no other bai-win changes anything. */
export async function withChangeLock<T>(host: ChangeHost, use: () => Promise<T>): Promise<T> {
  await ensurePrivateDirectory(host.paths.data);
  return withProcessLock(join(host.paths.data, 'changes.lock'), use);
}

function refuseOutdated(plan: readonly Change[], current: CurrentState): void {
  const different = plan
    .filter((change, index) => !sameState(change.before, current.values[index] ?? null))
    .map(subjectOf);
  if (different.length === 0) return;
  throw new BaiError(
    'plan-outdated',
    `changed by another program since bai-win looked at it: ${different.join(', ')}`,
    'nothing was written; run the command again',
    { details: { different } },
  );
}

async function backUpForeign(
  plan: readonly Change[],
  current: CurrentState,
  { paths }: ChangeHost,
): Promise<void> {
  for (const change of plan) {
    if (change.kind === 'file' && change.foreign && change.before !== null) {
      await backUp(paths.backups, change.path, change.before, '');
    }
  }
  for (const [key, exported] of current.registry.exports) {
    await backUp(paths.backups, key, exported, '.reg');
  }
}

async function record(
  plan: readonly Change[],
  number: number,
  current: CurrentState,
  host: ChangeHost,
): Promise<RecordedPlan> {
  const changes = [];
  const madeDirectories = new Set<string>();
  for (const change of plan) {
    const old = change.kind === 'file' && change.before !== null ? await stat(change.path) : null;
    const stays = change.kind === 'registry' && current.registry.trees.has(change.key);
    const recorded = stays ? { ...change, keepKey: true } : change;
    changes.push(recordOf(recorded, old === null ? undefined : old.mode & 0o7777));
    if (change.kind !== 'file' || change.after === null) continue;
    for (const folder of await missingFolders(change.path, host.paths)) madeDirectories.add(folder);
  }
  const tag = randomBytes(6).toString('hex');
  return {
    number,
    tag,
    state: 'applying',
    changes,
    madeDirectories: [...madeDirectories].sort(),
    madeKeys: await missingKeys(plan, current.registry, host.registry),
  };
}

async function write(
  plan: readonly Change[],
  recorded: RecordedPlan,
  host: ChangeHost,
  onApplied: (change: Change) => void,
): Promise<void> {
  let done = 0;
  for (const batch of batches(plan)) {
    if ('registry' in batch) {
      await writeRegistry(batch.registry, host.registry);
      batch.registry.forEach(onApplied);
      done += batch.registry.length;
    } else {
      const { path, before, after: content, secret } = batch.file;
      // The first check was of all changes; meanwhile backups were made and other changes.
      const mayReplace = (now: Buffer | null): boolean => sameState(before, now);
      const change = { path, content, secret, mayReplace };
      await writeFileChange(change, host.paths, fileTag(recorded, done));
      onApplied(batch.file);
      done += 1;
    }
  }
}

/** Takes back a plan that failed, and says in one error what failed and how things stand now. */
async function takeBack(plan: RecordedPlan, host: ChangeHost, cause: unknown): Promise<BaiError> {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const hint = cause instanceof BaiError ? cause.hint : 'see what is wrong there';
  try {
    const { leftAlone } = await rollBack(plan, host);
    await forgetPlan(host.paths.history, plan.number);
    if (leftAlone.length === 0) {
      return new BaiError('plan-taken-back', `${reason}; everything is as it was before`, hint, {
        cause,
      });
    }
    return new BaiError(
      'plan-partly-taken-back',
      `${reason}; everything is as it was before, but for what another program has changed meanwhile: ${leftAlone.join(', ')}`,
      hint,
      { cause, details: { leftAlone } },
    );
  } catch (second) {
    return new BaiError(
      'plan-partly-applied',
      `${reason}; and what had been written could not be taken back: ${(second as Error).message}`,
      `${hint}; then run the command again: it will first repair that`,
      { cause },
    );
  }
}
