import { listSessions } from '../manager/session-list.js';
import type { Session } from '../manager/session.js';
import { readFileIfExists } from '../platform/read-file.js';
import type { Manager } from './sign-in.js';
import { siteId } from './site-id.js';
import { parseState, type SiteRecord, type State } from './state.js';
import type { Workspace } from './workspace.js';

/** A session, and what an earlier setup wrote for it. */
export interface ListedSession {
  readonly session: Session;
  readonly site: SiteRecord | undefined;
}

export async function readState(workspace: Workspace): Promise<State> {
  return parseState(await readFileIfExists(workspace.stateFile), workspace.stateFile);
}

/** Own sessions, newest first. */
export async function listWithSites(
  workspace: Workspace,
  manager: Manager,
): Promise<ListedSession[]> {
  const [sessions, { sites }] = await Promise.all([
    listSessions(manager.client),
    readState(workspace),
  ]);
  return sessions.map((session) => ({
    session,
    site: sites[siteId(manager.endpoint, manager.accessKey, session.name)],
  }));
}
