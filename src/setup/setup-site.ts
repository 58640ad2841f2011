import type { Change } from '../changes/change.js';
import type { Recovery } from '../changes/recover.js';
import type { Snapshot } from '../changes/snapshot.js';
import { fingerprint } from '../convert/index.js';
import { BaiError } from '../errors.js';
import type { Exporter } from '../exporters/exporter.js';
import { pinnedPorts } from '../exporters/plan-all.js';
import type { Site } from '../exporters/site.js';
import { resolveSession } from '../manager/resolve-session.js';
import { listSessions } from '../manager/session-list.js';
import type { Session } from '../manager/session.js';
import { applyChanges } from './apply-changes.js';
import { exportersById } from './choose-exporters.js';
import { openDirectPassage } from './direct-way.js';
import { knownSites } from './find-site.js';
import { fetchKeyFiles, readWrittenKey, type KeyFiles } from './key-files.js';
import { openTunnelPassage, type Passage } from './passage.js';
import { accountKey, isOutdated } from './outdated-key.js';
import { DEFAULT_USER } from './log-in.js';
import type { LeftOut } from './plan-clients.js';
import { planSite, readSettings, type Settings } from './plan-site.js';
import type { LoginProof } from './prove-login.js';
import { recoverChanges } from './recover-changes.js';
import { retryOutdated } from './retry-outdated.js';
import { DEFAULT_NAME } from './shown-name.js';
import type { Manager } from './sign-in.js';
import { siteId } from './site-id.js';
import { readState } from './site-list.js';
import type { SiteTunnel } from './site-tunnel.js';
import type { Staleness } from './staleness.js';
import type { DirectPlace, SitePlace, State } from './state.js';
import { chooseWay, type Way } from './way.js';
import type { Workspace } from './workspace.js';

interface SetupOptions {
  /** What the person typed: name, UUID, or the beginning of one. */
  readonly reference: string;
  /** Account inside the session; `undefined` keeps the one it had, at first `work`. */
  readonly user: string | undefined;
  /** Preferred local port; `undefined` keeps the assigned one. */
  readonly port: number | undefined;
  /** The way that clients go; `undefined` keeps the one it had, at first what fits the session. */
  readonly way: Way | undefined;
  /** Full path of the user's own key; `undefined` keeps what it was, at first the session's. */
  readonly identity: string | undefined;
  /** Whether PuTTY, KiTTY and WinSCP start `bai-win proxy` themselves; `undefined` keeps it. */
  readonly puttyProxy: boolean | undefined;
  /** What clients show, see `shownName`; `undefined` keeps it, at first the session's name. */
  readonly nameTemplate: string | undefined;
  /** The clients to write for, besides those that an earlier setup wrote for. */
  readonly exporters: readonly Exporter[];
  /** Nobody named these clients, they were found: one that cannot be written for is left out. */
  readonly detected: boolean;
  /** Compute and show, write nothing. */
  readonly dryRun: boolean;
}

/** Hears of each step when it is done. */
export interface SetupReporter {
  /** What was found and done about a run that was interrupted; `null` where there was none. */
  recovered(recovery: Recovery | null): void;
  session(session: Session): void;
  key(files: KeyFiles): void;
  /** The session knows another key pair than the account has now. */
  outdatedKey(session: Session): void;
  tunnel(tunnel: SiteTunnel): void;
  direct(direct: DirectPlace): void;
  hostKey(fingerprint: string): void;
  /** Clients that were found, and that nothing can be written for. */
  leftOut(clients: readonly LeftOut[]): void;
  changes(changes: readonly Change[], stale: readonly Staleness[]): void;
  /** Somebody wrote at the same moment; the changes come once more, as they are now. */
  outdated(): void;
  login(proof: LoginProof, site: Site): void;
}

export interface SetupResult {
  readonly session: Session;
  readonly site: Site;
  /** Where clients go, if not to a tunnel. */
  readonly direct: DirectPlace | undefined;
  /** The clients that were, or with `dryRun` would be, written for. */
  readonly exporters: readonly Exporter[];
  /** Those of them that reach the session only while its tunnel is open; none where it is direct. */
  readonly needTunnel: readonly Exporter[];
  readonly keyFingerprint: string;
  /** Whether the account has another key pair now than the session was started with. */
  readonly keyIsOutdated: boolean;
  readonly hostKeyFingerprint: string;
  /** What was, or with `dryRun` would be, changed. */
  readonly changes: readonly Change[];
  readonly stale: readonly Staleness[];
  /** `undefined` in a dry run: nothing was written that could be proved. */
  readonly proof: LoginProof | undefined;
  /** The settings of the clients as they are afterwards. */
  readonly after: Snapshot;
  /** Still open, to be closed by the caller; `undefined` where clients need none. */
  readonly tunnel: SiteTunnel | undefined;
}

/**
 * Makes every chosen client reach a session, and proves it: find the session, fetch and convert its
 * key, open the tunnel unless clients need none, learn the host key, plan, apply, log in with what was written.
 *
 * @throws BaiError; nothing has been written then, unless it says so
 */
export async function setupSite(
  workspace: Workspace,
  manager: Manager,
  options: SetupOptions,
  report: SetupReporter,
): Promise<SetupResult> {
  if (!options.dryRun) report.recovered(await recoverChanges(workspace));
  const session = resolveSession(await listSessions(manager.client), options.reference);
  report.session(session);
  const id = siteId(manager.endpoint, manager.accessKey, session.name);
  const first = await look(workspace, id, options);
  const { state } = first.settings;

  const asked = accountKey(workspace, manager);
  const way = chooseWay(options.way, session, state.sites[id]);
  const [files, passage] = await bothOrNeither(
    fetchKeyFiles(workspace, manager, session, options.identity ?? state.sites[id]?.identity),
    way === 'tunnel'
      ? openTunnelPassage(workspace, manager, session, {
          id,
          preferred: options.port,
          avoided: pinnedPorts(first.exporters, workspace.machine, first.settings.now),
          dryRun: options.dryRun,
        })
      : openDirectPassage(workspace, manager, session, way, options.port),
  );
  const { place, tunnel } = passage;
  const { direct } = place;
  try {
    report.key(files);
    const keyIsOutdated = isOutdated(files, await asked);
    if (keyIsOutdated) report.outdatedKey(session);
    if (tunnel !== undefined) report.tunnel(tunnel);
    if (direct !== undefined) report.direct(direct);
    const user = options.user ?? state.sites[id]?.user ?? DEFAULT_USER;
    const puttyProxy = options.puttyProxy ?? state.sites[id]?.puttyProxy ?? false;
    const nameTemplate = options.nameTemplate ?? state.sites[id]?.nameTemplate ?? DEFAULT_NAME;
    const hostKeyBlob = await passage.check({ user, privateKey: files.forLogin });
    const hostKeyFingerprint = fingerprint(hostKeyBlob, 'sha256');
    report.hostKey(hostKeyFingerprint);

    const facts = { id, session, place, user, puttyProxy, nameTemplate, files, hostKeyBlob };
    const written = await retryOutdated(async (again) => {
      if (again) {
        report.outdated();
        report.recovered(await recoverChanges(workspace));
      }
      const { exporters, optional, settings } = again ? await look(workspace, id, options) : first;
      if (again) checkPortIsOurs(settings.state, id, place);
      const plan = planSite(workspace, manager, settings, facts, exporters, optional);
      report.leftOut(plan.leftOut);
      report.changes(plan.changes, plan.stale);
      if (!options.dryRun) await applyChanges(workspace, plan.changes);
      return { ...plan, after: settings.now };
    });
    const { site, changes, stale, exporters, after } = written;
    let proof: LoginProof | undefined;
    if (!options.dryRun) {
      const target = { ...site, privateKey: await readWrittenKey(site.ppkPath) };
      proof = await passage.prove(target, site.remoteDirectory);
      report.login(proof, site);
    }
    return {
      session,
      site,
      direct,
      exporters,
      needTunnel:
        direct === undefined ? exporters.filter(({ startsTunnel }) => !startsTunnel?.(site)) : [],
      keyFingerprint: files.fingerprint,
      keyIsOutdated,
      hostKeyFingerprint,
      changes,
      stale,
      proof,
      after,
      tunnel,
    };
  } catch (error) {
    await passage.close();
    throw error;
  }
}

/** The clients to write for, and their settings as they are now. */
async function look(
  workspace: Workspace,
  id: string,
  options: SetupOptions,
): Promise<{
  exporters: readonly Exporter[];
  /** Ids of those that nobody named, now or earlier. */
  optional: readonly string[];
  settings: Settings;
}> {
  // No client that was set up before is left behind with an old port or host key.
  const earlier = (await readState(workspace)).sites[id]?.clients ?? [];
  const chosen = options.exporters.map((exporter) => exporter.id);
  const exporters = exportersById([...chosen, ...earlier]);
  const optional = options.detected ? chosen.filter((client) => !earlier.includes(client)) : [];
  return { exporters, optional, settings: await readSettings(workspace, id, exporters) };
}

/** @throws BaiError `port-assigned-meanwhile` */
function checkPortIsOurs({ sites }: State, id: string, { port }: SitePlace): void {
  const other = knownSites({ sites }).find((site) => site.id !== id && site.record.port === port);
  if (port === undefined || other === undefined) return;
  throw new BaiError(
    'port-assigned-meanwhile',
    `port ${port} was given to ${other.record.sessionName} by another setup at the same moment`,
    'nothing was written; run the same command again',
  );
}

/** Does both at once; where one fails, no tunnel stays open. */
async function bothOrNeither(
  key: Promise<KeyFiles>,
  opening: Promise<Passage>,
): Promise<[KeyFiles, Passage]> {
  const [files, passage] = await Promise.allSettled([key, opening]);
  if (files.status === 'fulfilled' && passage.status === 'fulfilled') {
    return [files.value, passage.value];
  }
  if (passage.status === 'fulfilled') await passage.value.close();
  throw files.status === 'rejected' ? files.reason : (passage as PromiseRejectedResult).reason;
}
