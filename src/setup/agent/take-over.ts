import type { Workspace } from '../workspace.js';
import { runningAgent, stopAgent } from './control.js';

/**
 * Ends an agent that an older bai-win started. The new one calls this when it is ready to listen
 * itself, so that the ports are without a listener for a moment only, and lets nobody else call it
 * before it listens.
 *
 * @param version of this program
 * @returns ids of the sites that the other agent held, to be held from now on
 * @throws BaiError `agent-not-ending`
 */
export async function takeOver(workspace: Workspace, version: string): Promise<readonly string[]> {
  if ((await runningAgent(workspace, version)) !== 'older') return [];
  const last = await stopAgent(workspace);
  workspace.log('an agent of an older version was replaced');
  return last?.tunnels.map(({ id }) => id) ?? [];
}
