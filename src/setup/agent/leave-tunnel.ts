import { findRunningTunnel, type RunningTunnel } from '../running-tunnels.js';
import type { Workspace } from '../workspace.js';
import { agentStatus, releaseInAgent } from './control.js';

/** What became of a tunnel that no client is set up for any more. */
interface LeftTunnel {
  /** The agent held it, and does not any more. */
  readonly wasClosed: boolean;
  /** Where it is open still. */
  readonly open: RunningTunnel | null;
  /** The agent holds it still, for a client. */
  readonly inUse: boolean;
}

/**
 * Has the agent close the tunnel of a site that is reached without one from now on, unless a client
 * goes through it at this moment.
 *
 * @param id of the site
 */
export async function leaveTunnel(workspace: Workspace, id: string): Promise<LeftTunnel> {
  // Where the agent cannot be asked, its tunnel is told like those of other processes.
  const status = await agentStatus(workspace).catch(() => null);
  const held = status?.tunnels.find((tunnel) => tunnel.id === id);
  const inUse = held !== undefined && held.connections > 0;
  if (held !== undefined && !inUse) await releaseInAgent(workspace, [id]).catch(() => undefined);
  const open = await findRunningTunnel(workspace, id);
  return { wasClosed: held !== undefined && open === null, open, inUse };
}
