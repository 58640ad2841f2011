import { fingerprint } from '../convert/index.js';
import { BaiError } from '../errors.js';
import type { Session } from '../manager/session.js';
import type { SocketAddress } from '../manager/socket-address.js';
import { applyChanges } from './apply-changes.js';
import { exportersById } from './choose-exporters.js';
import { directAddress } from './direct-way.js';
import { fetchKeyFiles, keptKey, keyPathsOf, type KeyFiles } from './key-files.js';
import { learnHostKey } from './learn-host-key.js';
import { planSite, readSettings } from './plan-site.js';
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

/** What was learnt of the session; what could not be is absent. */
interface Learnt {
  readonly files?: KeyFiles | undefined;
  readonly hostKeyBlob?: Buffer | undefined;
  /** Where it is reached without a tunnel. */
  readonly address?: SocketAddress | undefined;
}

interface Refreshed {
  /** What was out of date and has been written. */
  readonly stale: readonly Staleness[];
  /** Whether all of it is true now; otherwise part of it could not be learnt. */
  readonly isWhole: boolean;
}

/**
 * Makes the key files and the pinned host keys of a site those of `session`, where they are not. Of
 * the session that they were written for, what can be learnt is written even where the rest cannot.
 *
 * @param signal ends the asking, with its reason; what was learnt before is written all the same
 * @throws BaiError where the files do not fit and cannot be brought up to date
 */
export async function refreshFiles(
  workspace: Workspace,
  manager: Manager,
  { id, session, record }: SiteAndSession,
  signal: AbortSignal,
): Promise<Refreshed> {
  const [files, hostKey, address] = await Promise.allSettled([
    fetchKeyFiles(workspace, manager, session, record.identity),
    learnHostKey(manager, session, workspace.log, signal),
    record.direct && directAddress(workspace, manager, session, record.direct.via),
  ]);
  const failures = [files, hostKey, address].flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
  );
  // The files of another container would be of use to nobody.
  if (failures.length > 0 && session.id !== record.sessionId) throw failures[0];
  for (const failure of failures) {
    const text = failure instanceof Error ? failure.message : String(failure);
    workspace.log(`the session could not be checked: ${text}`);
  }
  const learnt = {
    files: valueOf(files),
    hostKeyBlob: valueOf(hostKey),
    address: valueOf(address),
  };
  const isWhole = failures.length === 0;
  if (fits(record, session, learnt)) return { stale: [], isWhole };
  const stale = await retryOutdated(() => write(workspace, manager, { id, session }, learnt));
  return { stale, isWhole };
}

function valueOf<T>(outcome: PromiseSettledResult<T>): T | undefined {
  return outcome.status === 'fulfilled' ? outcome.value : undefined;
}

/** Whether nothing that was learnt differs from the notes. */
function fits(record: SiteRecord, session: Session, learnt: Learnt): boolean {
  const { files, hostKeyBlob, address } = learnt;
  return (
    session.id === record.sessionId &&
    (address === undefined ||
      (address.host === record.direct?.host && address.port === record.direct.port)) &&
    (files === undefined || files.fingerprint === record.keyFingerprint) &&
    (hostKeyBlob === undefined || fingerprint(hostKeyBlob, 'sha256') === record.hostKeyFingerprint)
  );
}

/** @throws BaiError `refresh-incomplete`, and those of planning and applying */
async function write(
  workspace: Workspace,
  manager: Manager,
  { id, session }: Pick<SiteAndSession, 'id' | 'session'>,
  learnt: Learnt,
): Promise<readonly Staleness[]> {
  await recoverChanges(workspace);
  const record = (await readState(workspace)).sites[id];
  if (record === undefined) return [];
  const { clients, user, puttyProxy = false, nameTemplate = DEFAULT_NAME, hostKey } = record;
  const place: SitePlace =
    record.direct === undefined
      ? { port: record.port }
      : { direct: { ...record.direct, ...learnt.address } };
  const exporters = exportersById(clients);
  const settings = await readSettings(workspace, id, exporters);
  // What was not learnt stays as it was written last.
  const files = learnt.files ?? keptKey(keyPathsOf(workspace, id), settings.now, record);
  const hostKeyBlob = learnt.hostKeyBlob ?? (hostKey && Buffer.from(hostKey, 'base64'));
  if (files === null || !hostKeyBlob) throw incomplete(workspace, session);
  const facts = { id, session, files, hostKeyBlob, place, user, puttyProxy, nameTemplate };
  const plan = planSite(workspace, manager, settings, facts, exporters);
  await applyChanges(workspace, plan.changes);
  return plan.stale;
}

function incomplete({ options }: Workspace, { name }: Session): BaiError {
  return new BaiError(
    'refresh-incomplete',
    `session "${name}" has changed, and what its clients need could only be learnt in part`,
    `connect again, or type: bai-win setup ${name}${options}`,
  );
}
