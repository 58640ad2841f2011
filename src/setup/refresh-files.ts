import { fingerprint } from '../convert/index.js';
import type { Session } from '../manager/session.js';
import type { SocketAddress } from '../manager/socket-address.js';
import { applyChanges } from './apply-changes.js';
import { exportersById } from './choose-exporters.js';
import { directAddress } from './direct-way.js';
import { fetchKeyFiles, type KeyFiles } from './key-files.js';
import { learnHostKey } from './learn-host-key.js';
import { planSite, readSettings, type SiteFacts } from './plan-site.js';
import { recoverChanges } from './recover-changes.js';
import { retryOutdated } from './retry-outdated.js';
import { DEFAULT_NAME } from './shown-name.js';
import type { Manager } from './sign-in.js';
import { readState } from './site-list.js';
import type { Staleness } from './staleness.js';
import type { SitePlace, SiteRecord } from './state.js';
import type { Workspace } from './workspace.js';

/** A site that was set up, and the session that has its name now. */
interface SiteAndSession {
  /** See `siteId`. */
  readonly id: string;
  readonly session: Session;
  readonly record: SiteRecord;
}

/** What was learnt of the session. */
interface Facts extends Pick<SiteFacts, 'id' | 'session' | 'files' | 'hostKeyBlob'> {
  /** Where it is reached without a tunnel. */
  readonly address: SocketAddress | undefined;
}

/**
 * Makes the key files and the pinned host keys of a site those of `session`, where they are not.
 *
 * @returns what was out of date and has been written; empty where nothing was, or where the session is
 *   the one that the files were written for and could not be asked
 * @throws BaiError where the files do not fit and cannot be brought up to date
 */
export async function refreshFiles(
  workspace: Workspace,
  manager: Manager,
  { id, session, record }: SiteAndSession,
): Promise<readonly Staleness[]> {
  let files: KeyFiles;
  let hostKeyBlob: Buffer;
  let address: SocketAddress | undefined;
  try {
    [files, hostKeyBlob, address] = await Promise.all([
      fetchKeyFiles(workspace, manager, session, record.identity),
      learnHostKey(manager, session, workspace.log),
      record.direct && directAddress(workspace, manager, session, record.direct.via),
    ]);
  } catch (error) {
    if (session.id !== record.sessionId) throw error;
    // Very likely it is the container that the files were written for.
    const text = error instanceof Error ? error.message : String(error);
    workspace.log(`the session could not be checked: ${text}`);
    return [];
  }
  const isTrue =
    session.id === record.sessionId &&
    (address === undefined ||
      (address.host === record.direct?.host && address.port === record.direct.port)) &&
    files.fingerprint === record.keyFingerprint &&
    fingerprint(hostKeyBlob, 'sha256') === record.hostKeyFingerprint;
  if (isTrue) return [];
  const facts = { id, session, files, hostKeyBlob, address };
  return retryOutdated(() => write(workspace, manager, facts));
}

async function write(
  workspace: Workspace,
  manager: Manager,
  facts: Facts,
): Promise<readonly Staleness[]> {
  await recoverChanges(workspace);
  const record = (await readState(workspace)).sites[facts.id];
  if (record === undefined) return [];
  const { clients, user, puttyProxy = false, nameTemplate = DEFAULT_NAME } = record;
  const { address } = facts;
  const place: SitePlace =
    record.direct === undefined
      ? { port: record.port }
      : { direct: { ...record.direct, ...address } };
  const exporters = exportersById(clients);
  const settings = await readSettings(workspace, facts.id, exporters);
  const kept = { ...facts, place, user, puttyProxy, nameTemplate };
  const plan = planSite(workspace, manager, settings, kept, exporters);
  await applyChanges(workspace, plan.changes);
  return plan.stale;
}
