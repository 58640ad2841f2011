import type { Workspace } from '../workspace.js';
import { askToStop, hasEnded, runningAgent } from './control.js';

/**
 * Ends an agent that an older bai-win started. The new one calls this when it is ready to listen
 * itself, so that the ports are without a listener for a moment only, and lets nobody else call it
 * before it listens. One that does not end is left alone: it has stopped listening, and what it held is
 * not to be lost by it.
 *
 * @param version of this program
 * @returns ids of the sites that the other agent held, to be held from now on
 */
export async function takeOver(workspace: Workspace, version: string): Promise<readonly string[]> {
  if ((await runningAgent(workspace, version)) !== 'older') return [];
  const last = await askToStop(workspace);
  if (last === null) return [];
  workspace.log(
    (await hasEnded(last))
      ? 'an agent of an older version was replaced'
      : `an agent of an older version, process ${last.pid}, does not end: going on without`,
  );
  return last.tunnels.map(({ id }) => id);
}
