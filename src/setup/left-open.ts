import { agentStatus } from './agent/control.js';
import { sameEndpoint, type Profile } from './profiles.js';
import { readState } from './site-list.js';
import type { Workspace } from './workspace.js';

/**
 * Sessions of a profile whose tunnels are open in the background: without its sign-in they let nobody
 * through any more. None where the agent cannot be asked.
 */
export async function leftOpen(
  workspace: Workspace,
  { values: { endpoint, accessKey } }: Profile,
): Promise<readonly string[]> {
  const status = await agentStatus(workspace).catch(() => null);
  if (status === null) return [];
  const { sites } = await readState(workspace);
  return status.tunnels
    .filter(({ id, state }) => {
      const record = sites[id];
      return (
        state !== 'closed' &&
        record?.accessKey === accessKey &&
        sameEndpoint(record?.endpoint, endpoint)
      );
    })
    .map(({ session }) => session);
}
