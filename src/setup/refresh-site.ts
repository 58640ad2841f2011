import { BaiError } from '../errors.js';
import { resolveSession } from '../manager/resolve-session.js';
import { listSessions } from '../manager/session-list.js';
import type { Session } from '../manager/session.js';
import { upgradeSource } from '../manager/upgrade-source.js';
import { orAborted } from '../platform/or-aborted.js';
import { untilAny } from '../platform/until-any.js';
import type { ConnectionEnd } from '../tunnel/tunnel.js';
import type { Prepare, UpgradeSource } from '../tunnel/upgrade.js';
import { BackOff } from './back-off.js';
import type { Manager } from './sign-in.js';
import { readState } from './site-list.js';
import type { Staleness } from './staleness.js';
import type { Workspace } from './workspace.js';

/** A client opens several connections at once, and the next ones soon after: one look serves them all. */
export const FRESH_MS = 10_000;

/** Where two checks in a row could not tell all, the next one waits so long: it may not, either. */
const RECHECK_MS = 5_000;

/** So long the manager may be asked; what is known by then counts. */
const LIMIT_MS = 15_000;

/** A client's patience with a check where the one before met its limit: this one may hang as well. */
const HASTY_MS = 3_000;

/** The site that is to be kept true, and the session that it last stood for. */
interface KeptSite {
  /** See `siteId`. */
  readonly id: string;
  readonly session: Pick<Session, 'id' | 'name'>;
}

/**
 * Keeps what the clients of a site rely on true while its tunnel is open. Containers come and go under
 * one session name, each with other keys: before a client gets its first byte, key files and pinned
 * host keys are made those of the session that has the name now.
 */
export class SiteRefresher {
  readonly #workspace: Workspace;
  readonly #manager: () => Promise<Manager>;
  readonly #id: string;
  readonly #onRefresh: (stale: readonly Staleness[]) => void;
  #session: Pick<Session, 'id' | 'name'>;
  #checkedAt: number | undefined;
  #checking: Promise<void> | undefined;
  /** Checks in a row that could not tell all, and when the last one began. */
  #partial = 0;
  #triedAt = 0;
  readonly #backOff = new BackOff();
  /** Who was signed in at the last dial. */
  #dialledAs: Manager | undefined;
  /** The last check met its limit. */
  #isSlow = false;
  /** Ends what the check that is under way asks, and what is asked at all. */
  #limit: AbortController | undefined;
  readonly #life = new AbortController();
  /** The endpoint that the last upgrade went to, and the one in use when the session was looked at. */
  #dialled: string | undefined;
  #reached: string | undefined;

  /**
   * @param manager asked at each connection, since people sign in again while a tunnel is open
   * @param onRefresh hears what was out of date, after it has been written
   */
  constructor(
    workspace: Workspace,
    manager: () => Promise<Manager>,
    site: KeptSite,
    onRefresh: (stale: readonly Staleness[]) => void,
  ) {
    this.#workspace = workspace;
    this.#manager = manager;
    this.#id = site.id;
    this.#session = site.session;
    this.#onRefresh = onRefresh;
  }

  /** Leads to the session that was known last. */
  readonly upgrade: UpgradeSource = async () => {
    await this.#refuseWhileResting();
    const manager = await this.#manager();
    this.#dialledAs = manager;
    const { client } = manager;
    // What is asked beside a check ends at its limit as well; often it is over before that.
    const ends = [this.#life, this.#limit].flatMap((end) => end?.signal ?? []);
    const request = await untilAny(ends, (signal) =>
      upgradeSource(client.within(signal), this.#session)(),
    );
    this.#dialled = client.endpoint.url;
    return request;
  };

  /**
   * Makes sure that the files fit the session, at most once in some seconds. Where there are several
   * endpoints, asking finds one that can be reached.
   *
   * @throws BaiError `session-gone`, `session-not-running`, where the files do not fit and cannot be
   *   brought up to date, and what clients failed with before, where several did in a row
   */
  readonly prepare: Prepare = async (afterFailure) => {
    if (!afterFailure) await this.#refuseWhileResting();
    // One look tells whether it is the session that has changed; while clients go on to fail, it stays so.
    else if (!this.#backOff.hasFailed || hasPassed(this.#triedAt, RECHECK_MS)) {
      this.#checkedAt = undefined;
    }
    const dialled = this.#session.id;
    await this.#check();
    const [from, to] = [this.#dialled, this.#reached];
    const hasMoved = from !== undefined && to !== undefined && from !== to;
    return this.#session.id === dialled && !hasMoved ? 'ready' : 'dial-again';
  };

  /** Whether the last check, some seconds ago at most, could tell all. */
  get isChecked(): boolean {
    return !hasPassed(this.#checkedAt ?? 0, FRESH_MS);
  }

  /** Hears how each connection ended. */
  readonly ended = ({ began, bytes, failure }: ConnectionEnd): void => {
    if (bytes > 0) this.#backOff.reset();
    else if (failure !== null) this.#backOff.failed(failure, began);
  };

  /** Nobody waits for an answer any more: what is being asked ends. */
  readonly stop = (): void => {
    this.#limit?.abort(tunnelClosed());
    this.#life.abort(tunnelClosed());
  };

  /** @throws BaiError what the last clients failed with */
  async #refuseWhileResting(): Promise<void> {
    const { reason } = this.#backOff;
    if (reason === undefined) return;
    const manager = await this.#manager().catch(() => undefined);
    if (manager === this.#dialledAs) throw reason;
    // Somebody has signed in again, and may be let in now.
    this.#backOff.reset();
  }

  async #check(): Promise<void> {
    const isKnown = this.isChecked || (this.#partial > 1 && !hasPassed(this.#triedAt, RECHECK_MS));
    if (this.#checking === undefined && isKnown) return;
    this.#checking ??= this.#refresh().finally(() => {
      this.#checking = undefined;
    });
    if (!this.#isSlow) return this.#checking;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, HASTY_MS);
    });
    try {
      await Promise.race([this.#checking, patience]);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Asks, and writes what is out of date. Asking has a limit; writing, which is done on this computer,
   * has none.
   *
   * Where the session cannot be asked, or only in part, clients go on with what they have. That is
   * safe: each of them compares the host key that it is shown with the pinned one, and logs in by a
   * signature for that one connection, which is worth nothing elsewhere. The worst that stale files can
   * do is a warning of the client, or a key that sshd refuses. And it is what people need: a manager
   * whose list or downloads fail still carries tunnels to sessions that are as they were.
   */
  async #refresh(): Promise<void> {
    this.#triedAt = Date.now();
    const limit = new AbortController();
    this.#limit = limit;
    if (this.#life.signal.aborted) limit.abort(tunnelClosed());
    let isSlow = false;
    const timer = setTimeout(() => {
      isSlow = true;
      limit.abort(tooSlow());
    }, LIMIT_MS);
    try {
      await this.#refreshWithin(limit.signal);
    } finally {
      clearTimeout(timer);
      this.#limit = undefined;
      this.#isSlow = isSlow;
    }
  }

  async #refreshWithin(signal: AbortSignal): Promise<void> {
    let manager: Manager;
    let sessions: Session[];
    try {
      const { client, ...who } = await orAborted(this.#manager(), signal);
      manager = { ...who, client: client.within(signal) };
      sessions = await listSessions(manager.client);
    } catch (error) {
      // The dial would be one request more.
      if (error instanceof BaiError && error.code === 'rate-limited') throw error;
      // The dial meets the same trouble and tells, or it does not and nothing is wrong.
      this.#note(error);
      this.#partial += 1;
      return;
    }
    const session = this.#successor(sessions);
    const record = (await readState(this.#workspace)).sites[this.#id];
    let isWhole = true;
    // Where setup never ran there are no files.
    if (record !== undefined && record.keyFingerprint !== '') {
      const { refreshFiles } = await import('./refresh-files.js');
      const site = { id: this.#id, session, record };
      const refreshed = await refreshFiles(this.#workspace, manager, site, signal);
      if (refreshed.stale.length > 0) this.#onRefresh(refreshed.stale);
      isWhole = refreshed.isWhole;
    }
    this.#session = session;
    this.#reached = manager.client.endpoint.url;
    // What was learnt in part is no check: the next client has the rest learnt.
    if (isWhole) this.#checkedAt = Date.now();
    this.#partial = isWhole ? 0 : this.#partial + 1;
  }

  /** The session that has the name now: the known one while it lives. */
  #successor(sessions: readonly Session[]): Session {
    const { id, name } = this.#session;
    const namesakes = sessions.filter((session) => session.name === name);
    const same = namesakes.find((session) => session.id === id && session.status === 'RUNNING');
    if (same !== undefined) return same;
    if (namesakes.length === 0) {
      throw new BaiError(
        'session-gone',
        `session "${name}" is gone: no live session has that name`,
        'start a session of the same name in the web console, then connect again',
      );
    }
    return resolveSession(namesakes, name);
  }

  #note(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.#workspace.log(`the session could not be checked: ${text}`);
  }
}

/** Sleep and a corrected clock make an age that is too large or negative: both mean to look again. */
function hasPassed(since: number, milliseconds: number): boolean {
  const age = Date.now() - since;
  return age < 0 || age >= milliseconds;
}

function tooSlow(): BaiError {
  return new BaiError(
    'check-too-slow',
    `the manager took longer than ${LIMIT_MS / 1000} s to tell whether the session is still the same`,
    (options) => `type: bai-win sessions${options}    to see whether it answers now`,
  );
}

function tunnelClosed(): BaiError {
  return new BaiError(
    'tunnel-closed',
    'the tunnel was closed while the manager was being asked',
    'open it again: bai-win up',
  );
}
