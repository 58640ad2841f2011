import { inherited, type Workspace } from '../workspace.js';
import { agentStatus, askToStop, hasEnded, runningAgent } from './control.js';

/**
 * Ends an agent that an older bai-win started, or that has started this one in its place. The new one calls this when it is ready to listen
 * itself, so that the ports are without a listener for a moment only, and lets nobody else call it
 * before it listens. One that does not end is left alone: it has stopped listening, and what it held is
 * not to be lost by it.
 *
 * @param version of this program
 * @returns ids of the sites that the other agent held, to be held from now on
 */
export async function takeOver(workspace: Workspace, version: string): Promise<readonly string[]> {
  if (!(await isToBeReplaced(workspace, version))) return [];
  const last = await askToStop(workspace);
  if (last === null) return [];
  workspace.log(
    (await hasEnded(last))
      ? 'the agent before this one was replaced'
      : `the agent before this one, process ${last.pid}, does not end: going on without`,
  );
  return last.tunnels.map(({ id }) => id);
}

async function isToBeReplaced(workspace: Workspace, version: string): Promise<boolean> {
  const running = await runningAgent(workspace, version);
  const predecessor = workspace.machine.env[inherited.predecessor];
  if (running !== 'current' || predecessor === undefined) return running === 'older';
  return (await agentStatus(workspace))?.pid === Number(predecessor);
}
