import type { Change } from '../changes/change.js';
import type { Recovery } from '../changes/recover.js';
import { takeSnapshot } from '../changes/take-snapshot.js';
import {
  autostartPlace,
  autostartSetting,
  autostartSources,
  hasLogOn,
  planAutostart,
  startsOther,
  type AutostartSetting,
} from '../exporters/autostart/autostart.js';
import { applyChanges } from './apply-changes.js';
import { ownCommand } from './own-command.js';
import { recoverChanges } from './recover-changes.js';
import { retryOutdated } from './retry-outdated.js';
import type { Workspace } from './workspace.js';

interface AutostartState {
  readonly setting: AutostartSetting;
  /** It is on, and `bai-win autostart on` would write something else: another program, or another Node.js. */
  readonly isOther: boolean;
  /** It is off, nobody has switched it off, and there is a log-on that could start it. */
  readonly isWorthIt: boolean;
  /** Path of the file, or registry key and value name in one. */
  readonly place: string;
}

/** @throws BaiError where the settings cannot be read */
export async function autostartState({ machine, registry }: Workspace): Promise<AutostartState> {
  const now = await takeSnapshot(autostartSources(machine), registry);
  const setting = autostartSetting(machine, now);
  return {
    setting,
    isOther: startsOther(ownCommand('up'), machine, now),
    isWorthIt: setting === 'off' && hasLogOn(machine),
    place: autostartPlace(machine),
  };
}

interface AutostartResult {
  /** Path of the file, or registry key and value name in one. */
  readonly place: string;
  /** An interrupted run that was brought to an end first; `null` where there was none. */
  readonly recovery: Recovery | null;
  /** What was, or with `dryRun` would be, changed. */
  readonly changes: readonly Change[];
}

/**
 * Has the system open the tunnels whenever the user logs on, or no longer.
 *
 * @throws BaiError `autostart-command-too-long`, and where the settings cannot be read or written
 */
export async function switchAutostart(
  workspace: Workspace,
  on: boolean,
  dryRun: boolean,
): Promise<AutostartResult> {
  const { machine, registry } = workspace;
  const recovery = dryRun ? null : await recoverChanges(workspace);
  const changes = await retryOutdated(async () => {
    const now = await takeSnapshot(autostartSources(machine), registry);
    // It has the tunnels of all that is set up opened, and ends.
    const plan = planAutostart(on ? ownCommand('up') : null, machine, now);
    if (!dryRun) await applyChanges(workspace, plan);
    return plan;
  });
  return { place: autostartPlace(machine), recovery, changes };
}
