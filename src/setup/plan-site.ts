import type { Change } from '../changes/change.js';
import { mergeChanges } from '../changes/merge.js';
import type { Snapshot } from '../changes/snapshot.js';
import { fingerprint } from '../convert/index.js';
import type { Exporter } from '../exporters/exporter.js';
import { planAll } from '../exporters/plan-all.js';
import type { Site } from '../exporters/site.js';
import type { Session } from '../manager/session.js';
import { takeExporterSnapshot } from './exporter-snapshot.js';
import { keyPathsOf, planKeyFiles, type WrittenKey } from './key-files.js';
import { planClients, type LeftOut } from './plan-clients.js';
import { planState } from './plan-state.js';
import { recordedSite, succeedingSite } from './recorded-site.js';
import { DEFAULT_NAME } from './shown-name.js';
import type { Manager } from './sign-in.js';
import { compareRecords, type Staleness } from './staleness.js';
import { parseState, withSite, type SitePlace, type SiteRecord, type State } from './state.js';
import type { Workspace } from './workspace.js';

/** Everything that a plan looks at, as it is now. */
export interface Settings {
  readonly now: Snapshot;
  readonly state: State;
}

/** What was found out about a session, and what its clients are to use. */
export interface SiteFacts {
  readonly id: string;
  readonly session: Session;
  readonly place: SitePlace;
  readonly user: string;
  /** Whether PuTTY, KiTTY and WinSCP are to start `bai-win proxy` themselves. */
  readonly puttyProxy: boolean;
  /** What clients show, see `shownName`. */
  readonly nameTemplate: string;
  readonly files: WrittenKey;
  readonly hostKeyBlob: Buffer;
}

interface SitePlan {
  readonly site: Site;
  /** The clients that are written for. */
  readonly exporters: readonly Exporter[];
  readonly leftOut: readonly LeftOut[];
  readonly changes: readonly Change[];
  readonly stale: readonly Staleness[];
}

/**
 * Reads our own files of a site and the settings of the clients.
 *
 * @throws BaiError where something is there and cannot be read
 */
export async function readSettings(
  workspace: Workspace,
  id: string,
  exporters: readonly Exporter[],
): Promise<Settings> {
  const { keyPath, ppkPath } = keyPathsOf(workspace, id);
  const own = { files: [keyPath, ppkPath, workspace.stateFile] };
  const now = await takeExporterSnapshot(workspace, exporters, own);
  return { now, state: parseState(now.file(workspace.stateFile), workspace.stateFile) };
}

/**
 * The changes that make the clients reach a session: key files, host keys, entries, our own notes;
 * none where all is up to date.
 *
 * @param optional ids of the clients that are left out where they cannot be written for
 * @throws BaiError where the settings of a client cannot be understood
 */
export function planSite(
  workspace: Workspace,
  manager: Manager,
  { now, state }: Settings,
  facts: SiteFacts,
  wanted: readonly Exporter[],
  optional: readonly string[] = [],
): SitePlan {
  const { id, session, place, user, puttyProxy, nameTemplate, files, hostKeyBlob } = facts;
  const before = state.sites[id];
  const common: SiteRecord = {
    endpoint: manager.endpoint,
    accessKey: manager.accessKey,
    sessionName: session.name,
    sessionId: session.id,
    // The assigned port is for life, also while clients do not use it.
    ...(before?.port === undefined ? {} : { port: before.port }),
    ...place,
    user,
    clients: before?.clients ?? [],
    keyFingerprint: files.fingerprint,
    hostKeyFingerprint: fingerprint(hostKeyBlob, 'sha256'),
    hostKey: hostKeyBlob.toString('base64'),
    ...(files.identity === undefined ? {} : { identity: files.identity }),
    ...(puttyProxy ? { puttyProxy } : {}),
    ...(nameTemplate === DEFAULT_NAME ? {} : { nameTemplate }),
  };
  const site = succeedingSite(
    recordedSite(workspace, id, common),
    before && recordedSite(workspace, id, before),
  );
  const { exporters, leftOut, ...clients } = planClients(wanted, optional, (some) =>
    planAll(some, [site], workspace.machine, now),
  );
  const record: SiteRecord = {
    ...common,
    clients: [...new Set([...common.clients, ...exporters.map((exporter) => exporter.id)])].sort(),
  };
  const changes = mergeChanges([
    ...planKeyFiles(files, site, now),
    ...clients.changes,
    planState(workspace, now, withSite(state, id, record)),
  ]);
  return { site, exporters, leftOut, changes, stale: compareRecords(before, record) };
}
