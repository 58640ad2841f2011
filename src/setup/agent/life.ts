import { BaiError } from '../../errors.js';
import { holdLock } from '../../platform/hold-lock.js';
import { lockOwner } from '../../platform/process-lock.js';
import type { Workspace } from '../workspace.js';
import { agentPlaces } from './address.js';

/** An agent that ends takes some seconds where something hangs. */
const PATIENCE_MS = 10_000;

/**
 * Makes this process the one that holds tunnels, which is not a matter of who can be asked: the socket
 * of an agent can be deleted.
 *
 * @returns ends that
 * @throws BaiError `agent-not-reachable` where another one stays, and those of the lock
 */
export async function beginLife(workspace: Workspace): Promise<() => Promise<void>> {
  try {
    return await holdLock(agentPlaces(workspace).lifeFile, PATIENCE_MS);
  } catch (error) {
    const pid = await livingAgent(workspace);
    if (!(error instanceof BaiError) || error.code !== 'already-running' || pid === null)
      throw error;
    throw notReachable(workspace, pid);
  }
}

/** Number of the process that is the agent, whether it can be asked or not; `null` where none is. */
export function livingAgent(workspace: Workspace): Promise<number | null> {
  return lockOwner(agentPlaces(workspace).lifeFile);
}

/**
 * Number of another process that is becoming the agent, and may have ended the one before it already;
 * `null` where none is.
 */
export async function startingAgent(workspace: Workspace): Promise<number | null> {
  const pid = await lockOwner(agentPlaces(workspace).lockFile);
  return pid === process.pid ? null : pid;
}

/** The agent lives, but nobody listens where it is to be asked. */
export function notReachable(workspace: Workspace, pid: number): BaiError {
  return new BaiError(
    'agent-not-reachable',
    `the agent, process ${pid}, holds tunnels but cannot be asked: ${agentPlaces(workspace).address} is not its own any more`,
    `type: ${endProcess(workspace, pid)}    then: bai-win up`,
  );
}

/** The agent took a request and did not answer: it is stopped, or hangs. */
export function notAnswering(workspace: Workspace, pid: number): BaiError {
  return new BaiError(
    'agent-not-answering',
    `the agent, process ${pid}, holds tunnels but does not answer`,
    `type: ${endProcess(workspace, pid)}    and then: bai-win up`,
  );
}

/** The command line that ends a process. */
function endProcess({ machine }: Pick<Workspace, 'machine'>, pid: number): string {
  return machine.platform === 'win32' ? `taskkill /f /pid ${pid}` : `kill -9 ${pid}`;
}
