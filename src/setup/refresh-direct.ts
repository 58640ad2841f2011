import type { KnownSite } from './find-site.js';
import { SiteRefresher } from './refresh-site.js';
import { flagsOfSite, openManager, type ConnectionFlags } from './sign-in.js';
import type { Staleness } from './staleness.js';
import type { Workspace } from './workspace.js';

/**
 * Brings what the clients of a site without a tunnel rely on up to date: with a tunnel that is done as
 * each of them connects, without one nobody sees them connect. Where the manager cannot be asked, they
 * go on with what they have.
 *
 * @throws BaiError as `SiteRefresher.prepare`
 */
export async function refreshDirectSite(
  workspace: Workspace,
  { id, record }: KnownSite,
  { profile }: ConnectionFlags,
  onRefresh: (stale: readonly Staleness[]) => void,
): Promise<void> {
  const { sessionId, sessionName } = record;
  const refresher = new SiteRefresher(
    workspace,
    () => openManager(workspace, { ...flagsOfSite(record), profile }),
    { id, session: { id: sessionId, name: sessionName } },
    onRefresh,
  );
  await refresher.prepare(false);
}
