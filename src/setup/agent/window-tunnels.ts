import type { AgentStatus, TunnelStatus } from '../../tunnel/agent/protocol.js';
import { knownSites } from '../find-site.js';
import { findRunningTunnel } from '../running-tunnels.js';
import { readState } from '../site-list.js';
import type { Workspace } from '../workspace.js';

/**
 * The tunnels that are open in windows of bai-win now, whether the agent knows of them or not.
 *
 * @param agent whose own are none of them
 */
export async function windowTunnels(
  workspace: Workspace,
  agent: Pick<AgentStatus, 'pid'> | { readonly pid: null },
): Promise<TunnelStatus[]> {
  const tunnels: TunnelStatus[] = [];
  for (const { id, record } of knownSites(await readState(workspace))) {
    // A note that cannot be read is in the way of its tunnel, which tells that.
    const running = await findRunningTunnel(workspace, id).catch(() => null);
    if (running === null || running.pid === agent.pid) continue;
    tunnels.push({
      id,
      session: record.sessionName,
      port: running.port,
      state: 'elsewhere',
      heldBy: running.pid,
      connections: 0,
      movedFrom: null,
      failure: null,
    });
  }
  return tunnels;
}
