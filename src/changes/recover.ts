import { withChangeLock } from './apply.js';
import { forgetPlan, readPlan, recordedNumbers, storePlan } from './history.js';
import type { ChangeHost } from './host.js';
import { recordedSubject, rollBack, standings } from './roll-back.js';

/** How an interrupted run was brought to an end. */
export interface Recovery {
  /** `finished`: all of its changes had been made. `taken-back`: all is as it was before that run. */
  readonly outcome: 'finished' | 'taken-back';
  /** The files and values concerned. */
  readonly subjects: readonly string[];
  /** Those changed by somebody else since; left alone. */
  readonly leftAlone: readonly string[];
}

/**
 * The files and values of a plan that was interrupted, which `recover` may rewrite; empty where there
 * is no such plan.
 * @throws BaiError where the record cannot be read
 */
export async function interruptedSubjects(host: ChangeHost): Promise<readonly string[]> {
  const { history } = host.paths;
  if ((await recordedNumbers(history)).length === 0) return [];
  // Under the lock, where no plan is just being applied or forgotten.
  return withChangeLock(host, async () => {
    const last = (await recordedNumbers(history)).at(-1);
    if (last === undefined) return [];
    const { state, changes } = await readPlan(history, last);
    return state === 'applied' ? [] : changes.map(recordedSubject);
  });
}

/**
 * Brings a plan to an end that was interrupted by a crash while it was applied or taken back. To be
 * called before anything is read for a new plan.
 * @returns what was done, to be told; `null` where no run was interrupted
 * @throws BaiError where something cannot be read or written
 */
export async function recover(host: ChangeHost): Promise<Recovery | null> {
  const { history } = host.paths;
  if ((await recordedNumbers(history)).length === 0) return null;
  return withChangeLock(host, async () => {
    const last = (await recordedNumbers(history)).at(-1);
    if (last === undefined) return null;
    const plan = await readPlan(history, last);
    if (plan.state === 'applied') return null;
    const subjects = plan.changes.map(recordedSubject);
    const standing = await standings(plan, host);
    if (plan.state === 'applying' && standing.every((one) => one === 'after')) {
      await storePlan(history, { ...plan, state: 'applied' });
      return { outcome: 'finished', subjects, leftAlone: [] };
    }
    const { leftAlone } = await rollBack(plan, host);
    await forgetPlan(history, last);
    return { outcome: 'taken-back', subjects, leftAlone };
  });
}
