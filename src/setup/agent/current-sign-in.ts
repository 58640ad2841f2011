import { lookUpCredentials, openManager, type ConnectionFlags, type Manager } from '../sign-in.js';
import type { Workspace } from '../workspace.js';

/**
 * The manager by the credentials as they are when it is asked for: people sign in again while tunnels
 * are open. The same credentials give the same client, which knows the manager's version already.
 */
export function currentSignIn(
  workspace: Workspace,
  flags: ConnectionFlags,
): () => Promise<Manager> {
  let last: { readonly found: string; readonly manager: Manager } | undefined;
  return async () => {
    const found = JSON.stringify(await lookUpCredentials(workspace, flags));
    if (last?.found !== found) last = { found, manager: await openManager(workspace, flags) };
    return last.manager;
  };
}
