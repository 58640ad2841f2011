import { BaiError } from '../errors.js';
import { autostartState, switchAutostart } from '../setup/autostart.js';
import { knownSites } from '../setup/find-site.js';
import { readState } from '../setup/site-list.js';
import type { Workspace } from '../setup/workspace.js';
import { confirmOrNot } from './prompt.js';
import type { Terminal } from './terminal.js';

/** Asks whether tunnels are to open at each log-on, where they do not yet; what fails stops nothing. */
export async function offerAutostart(terminal: Terminal, workspace: Workspace): Promise<void> {
  try {
    const { isWorthIt, isOther } = await autostartState(workspace);
    if (isOther) sayOtherStarts(terminal);
    if (!isWorthIt) return;
    if (!(await confirmOrNot('open it whenever you log on to this computer?', true))) return;
    const { place } = await switchAutostart(workspace, true, false);
    terminal.say(`it opens when you log on: ${place}; to end that, type: bai-win autostart off`);
  } catch (error) {
    if (!(error instanceof BaiError)) throw error;
    terminal.warn(`it does not open when you log on: ${error.message} (${error.hint})`);
  }
}

/** Says how tunnels open at each log-on, where they do not yet. */
export async function mentionAutostart(terminal: Terminal, workspace: Workspace): Promise<void> {
  const state = await autostartState(workspace).catch(() => undefined);
  if (state?.isOther === true) sayOtherStarts(terminal);
  if (state?.isWorthIt !== true) return;
  terminal.say('to have them opened whenever you log on, type: bai-win autostart on');
}

/** Says that another program than this one starts at each log-on: it may be gone with its folder. */
export function sayOtherStarts(terminal: Terminal): void {
  terminal.say(
    'what starts when you log on is another copy of bai-win, or another Node.js; to have this one started, type: bai-win autostart on',
  );
}

/** Says how to end what starts at each log-on, where no session is set up that it could open. */
export async function mentionIdleAutostart(
  terminal: Terminal,
  workspace: Workspace,
): Promise<void> {
  if (knownSites(await readState(workspace)).length > 0) return;
  const state = await autostartState(workspace).catch(() => undefined);
  if (state?.setting !== 'on') return;
  terminal.say(
    'nothing is set up any more, and bai-win still starts when you log on; to end that, type: bai-win autostart off',
  );
}
