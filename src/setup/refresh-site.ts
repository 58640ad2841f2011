import { BaiError } from '../errors.js';
import { resolveSession } from '../manager/resolve-session.js';
import { listSessions } from '../manager/session-list.js';
import type { Session } from '../manager/session.js';
import { upgradeSource } from '../manager/upgrade-source.js';
import type { Prepare, UpgradeSource } from '../tunnel/upgrade.js';
import type { Manager } from './sign-in.js';
import { readState } from './site-list.js';
import type { Staleness } from './staleness.js';
import type { Workspace } from './workspace.js';

/** A client opens several connections at once, and the next ones soon after: one look serves them all. */
const FRESH_MS = 10_000;

/** A client waits for the check; where the manager is that slow, it goes on with what it has. */
const PATIENCE_MS = 15_000;

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
    const { client } = await this.#manager();
    const request = await upgradeSource(client, this.#session)();
    this.#dialled = client.endpoint.url;
    return request;
  };

  /**
   * Makes sure that the files fit the session, at most once in some seconds. Where there are several
   * endpoints, asking finds one that can be reached.
   *
   * @throws BaiError `session-gone`, `session-not-running`, and where the files do not fit and cannot
   *   be brought up to date
   */
  readonly prepare: Prepare = async (afterFailure) => {
    if (afterFailure) this.#checkedAt = undefined;
    const dialled = this.#session.id;
    await this.#check();
    const [from, to] = [this.#dialled, this.#reached];
    const hasMoved = from !== undefined && to !== undefined && from !== to;
    return this.#session.id === dialled && !hasMoved ? 'ready' : 'dial-again';
  };

  async #check(): Promise<void> {
    // Sleep and a corrected clock make an age that is too large or negative: both mean to look again.
    const age = Date.now() - (this.#checkedAt ?? -Infinity);
    if (this.#checking === undefined && age >= 0 && age < FRESH_MS) return;
    this.#checking ??= this.#refresh().finally(() => {
      this.#checking = undefined;
    });
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#workspace.log('the check of the session takes too long: going on without');
        resolve();
      }, PATIENCE_MS);
    });
    try {
      await Promise.race([this.#checking, patience]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #refresh(): Promise<void> {
    let manager: Manager;
    let sessions: Session[];
    try {
      manager = await this.#manager();
      sessions = await listSessions(manager.client);
    } catch (error) {
      // The dial meets the same trouble and tells, or it does not and nothing is wrong.
      this.#note(error);
      return;
    }
    const session = this.#successor(sessions);
    const record = (await readState(this.#workspace)).sites[this.#id];
    // Where setup never ran there are no files.
    if (record !== undefined && record.keyFingerprint !== '') {
      const { refreshFiles } = await import('./refresh-files.js');
      const stale = await refreshFiles(this.#workspace, manager, { id: this.#id, session, record });
      if (stale.length > 0) this.#onRefresh(stale);
    }
    this.#session = session;
    this.#reached = manager.client.endpoint.url;
    this.#checkedAt = Date.now();
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
