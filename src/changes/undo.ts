import { dirname, sep } from 'node:path';
import { BaiError } from '../errors.js';
import { withChangeLock } from './apply.js';
import { forgetPlan, planTime, readPlan, recordedNumbers, storePlan } from './history.js';
import type { ChangeHost } from './host.js';
import { recordedSubject, rollBack, standings } from './roll-back.js';
import { removeEmptyFolders } from './write-file-change.js';

/** A plan that was applied and can be taken back. */
export interface AppliedPlan {
  /** Counts up by one with each plan. */
  readonly number: number;
  readonly when: Date;
  readonly changes: readonly {
    readonly title: string;
    /** The path, or registry key and value name in one. */
    readonly subject: string;
  }[];
}

/**
 * The plans that can be taken back, newest first; at most five.
 * @throws BaiError where a record cannot be understood
 */
export async function listApplied({ paths }: ChangeHost): Promise<AppliedPlan[]> {
  const numbers = (await recordedNumbers(paths.history)).toReversed();
  return Promise.all(
    numbers.map(async (number) => ({
      number,
      when: await planTime(paths.history, number),
      changes: (await readPlan(paths.history, number)).changes.map((change) => ({
        title: change.title,
        subject: recordedSubject(change),
      })),
    })),
  );
}

/**
 * Takes back the plan that was applied last, if nothing has changed its files and values since; folders
 * of our keys that are empty then go as well.
 * @param dryRun only look whether that can be done
 * @returns the files and values that have, or would have, their old content again
 * @throws BaiError `nothing-to-undo`; `undo-refused`, naming what somebody else has changed since, with
 *   nothing written; `undo-overtaken`, naming what was changed while it was at work; or where something cannot be read or written (`recover` will then finish it)
 */
export async function undoLast(host: ChangeHost, dryRun = false): Promise<readonly string[]> {
  const { history, keys } = host.paths;
  // The lock would make our folder.
  if ((await recordedNumbers(history)).length === 0) throw nothingToUndo();
  return withChangeLock(host, async () => {
    const last = (await recordedNumbers(history)).at(-1);
    if (last === undefined) throw nothingToUndo();
    const plan = await readPlan(history, last);
    const standing = await standings(plan, host);
    const different = plan.changes
      .filter((_, index) => standing[index] === 'neither')
      .map(recordedSubject);
    if (different.length > 0) {
      throw new BaiError(
        'undo-refused',
        `changed by somebody else since: ${different.join(', ')}`,
        'nothing was taken back; to take one session out of your clients: bai-win remove <session>',
        { details: { different } },
      );
    }
    if (dryRun) {
      return plan.changes.filter((_, index) => standing[index] === 'after').map(recordedSubject);
    }
    await storePlan(history, { ...plan, state: 'undoing' });
    const { restored, leftAlone } = await rollBack(plan, host);
    await forgetPlan(history, last);
    const ours = plan.changes.map((change) => dirname(recordedSubject(change)));
    await removeEmptyFolders([
      keys,
      ...new Set(ours.filter((folder) => folder.startsWith(`${keys}${sep}`))),
    ]);
    if (leftAlone.length > 0) {
      throw new BaiError(
        'undo-overtaken',
        `all is taken back but what another program has changed meanwhile: ${leftAlone.join(', ')}`,
        `look at that; what it held before stands below ${host.paths.backups}`,
        { details: { leftAlone } },
      );
    }
    return restored;
  });
}

function nothingToUndo(): BaiError {
  return new BaiError(
    'nothing-to-undo',
    'there is nothing left to take back: what could be is taken back already, or never was written',
    'see what is set up: bai-win show',
  );
}
