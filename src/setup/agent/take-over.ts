import { alreadyRunning } from '../../tunnel/agent/control-server.js';
import { inherited, type Workspace } from '../workspace.js';
import { agentStatus, askToStop, runningAgent } from './control.js';

/**
 * Has an agent end that an older bai-win started, or that has started this one in its place. The new one
 * calls this when it is ready to listen itself, so that the ports are without a listener for a moment
 * only, and lets nobody else call it before it listens.
 *
 * @param version of this program
 * @returns ids of the sites that the other agent held, to be held from now on
 * @throws BaiError `agent-already-running` where another one is to stay
 */
export async function takeOver(workspace: Workspace, version: string): Promise<readonly string[]> {
  const running = await runningAgent(workspace, version);
  if (running === null) return [];
  if (running === 'current' && !(await isPredecessor(workspace))) throw alreadyRunning();
  const last = await askToStop(workspace);
  workspace.log('the agent before this one was replaced');
  return last?.tunnels.map(({ id }) => id) ?? [];
}

async function isPredecessor(workspace: Workspace): Promise<boolean> {
  const predecessor = workspace.machine.env[inherited.predecessor];
  if (predecessor === undefined) return false;
  return (await agentStatus(workspace))?.pid === Number(predecessor);
}
