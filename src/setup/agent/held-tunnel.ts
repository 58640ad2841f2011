import { errorForOwner } from '../../errors.js';
import { toldFailure } from '../../tunnel/agent/control-server.js';
import type { Ending } from '../../tunnel/endings.js';
import type { TunnelStatus } from '../../tunnel/agent/protocol.js';
import type { KnownSite } from '../find-site.js';
import { ownerSignIn } from '../current-sign-in.js';
import { keepLoggedIn } from '../keep-logged-in.js';
import { SiteRefresher } from '../refresh-site.js';
import { announceTunnel, findRunningTunnel, type RunningTunnel } from '../running-tunnels.js';
import type { Manager } from '../sign-in.js';
import { openSiteTunnel, type SiteTunnel } from '../site-tunnel.js';
import type { SiteRecord } from '../state.js';
import type { Workspace } from '../workspace.js';

/** The tunnel of one site in the agent, and how it is doing. */
export class HeldTunnel {
  readonly site: KnownSite;
  readonly #workspace: Workspace;
  /** The manager, as the one whose session it is. */
  readonly #signIn: () => Promise<Manager>;
  #open: { readonly tunnel: SiteTunnel; readonly end: () => void } | undefined;
  #port: number;
  /** Process that has it open in a window. */
  #heldBy: number | null = null;
  #movedFrom: number | null = null;
  #failure: TunnelStatus['failure'] = null;

  /**
   * @param place `port`: the site's assigned one, as far as is known before it is opened
   * @param before by earlier notes, and closed: what it has told already, or not yet, goes for this one
   */
  constructor(
    workspace: Workspace,
    signIn: () => Promise<Manager>,
    { site, port }: { readonly site: KnownSite; readonly port: number },
    before?: HeldTunnel,
  ) {
    const { sessionName } = site.record;
    const log = (line: string): void => {
      workspace.log(`${sessionName}: ${line}`);
    };
    this.site = site;
    this.#workspace = { ...workspace, log };
    this.#signIn = ownerSignIn(this.#workspace, site.record, signIn);
    this.#port = port;
    if (before === undefined) return;
    this.#heldBy = before.#heldBy;
    this.#movedFrom = before.#movedFrom;
    this.#failure = before.#failure;
  }

  /** Whether it listens. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** Whether it listens on this port. */
  isOpenOn(port: number): boolean {
    return this.#open !== undefined && this.#port === port;
  }

  get status(): TunnelStatus {
    const closed = this.#heldBy === null ? 'closed' : 'elsewhere';
    const state = this.#open === undefined ? closed : this.#failure === null ? 'open' : 'failing';
    return {
      id: this.site.id,
      session: this.site.record.sessionName,
      port: this.#port,
      state,
      heldBy: this.#heldBy,
      connections: this.#open?.tunnel.tunnel?.connections ?? 0,
      movedFrom: this.#movedFrom,
      failure: this.#failure,
    };
  }

  /** See `Tunnel.endingOf`. */
  endingOf(client: number): Ending {
    const tunnel = this.#open?.tunnel.tunnel;
    return tunnel === undefined ? 'cut' : tunnel.endingOf(client);
  }

  /** The person knows now which port it was moved from. */
  moveIsTold(): void {
    this.#movedFrom = null;
  }

  /** Listens; what hinders it is in `status`. Nothing is asked of the manager until a client comes. */
  async open(): Promise<void> {
    const { id, record } = this.site;
    try {
      // Looked at first, as that costs least: a window may have it open for days.
      const running = await findRunningTunnel(this.#workspace, id);
      if (running?.port === this.#port) {
        this.#leaveTo(running);
        return;
      }
      const tunnel = await openSiteTunnel(this.#workspace, { id }, this.#way(record), (failure) => {
        this.#failed(failure);
      });
      try {
        await this.#take(tunnel);
      } catch (error) {
        await tunnel.close();
        throw error;
      }
    } catch (error) {
      this.#heldBy = null;
      // It is tried again and again.
      const isNews = toldFailure(error).message !== this.#failure?.message;
      this.#failed(error, isNews);
    }
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    open?.end();
    await open?.tunnel.close();
  }

  async #take(tunnel: SiteTunnel): Promise<void> {
    const { id } = this.site;
    if (tunnel.heldBy !== undefined) {
      this.#leaveTo({ pid: tunnel.heldBy, port: tunnel.port });
      await tunnel.close();
      return;
    }
    this.#heldBy = null;
    // A setup that was waited for may have given it another port: only one that is taken is left.
    if (tunnel.takenPort !== undefined) {
      // An agent that has nothing to write, as nearly always, does without the exporters' memory.
      const { movePort } = await import('../move-port.js');
      await movePort(this.#workspace, id, tunnel.port);
      this.#movedFrom = tunnel.takenPort;
      this.#workspace.log(`port ${tunnel.takenPort} is taken, moved to ${tunnel.port}`);
    }
    this.#port = tunnel.port;
    const withdraw = await announceTunnel(this.#workspace, id, tunnel.port);
    try {
      await tunnel.announced();
    } catch (error) {
      withdraw();
      throw error;
    }
    const letGo = keepLoggedIn(
      this.#workspace,
      this.#signIn,
      () => (tunnel.tunnel?.connections ?? 0) > 0,
    );
    const end = (): void => {
      letGo();
      withdraw();
    };
    this.#open = { tunnel, end };
    this.#failure = null;
    this.#workspace.log(`listening on 127.0.0.1:${tunnel.port}`);
  }

  #leaveTo({ pid, port }: RunningTunnel): void {
    if (this.#heldBy !== pid)
      this.#workspace.log(`process ${pid} has it open on 127.0.0.1:${port}`);
    this.#port = port;
    this.#heldBy = pid;
    this.#failure = null;
  }

  #way(record: SiteRecord): Pick<SiteRefresher, 'upgrade' | 'prepare' | 'ended' | 'stop'> {
    const session = { id: record.sessionId, name: record.sessionName };
    const refresher = new SiteRefresher(
      this.#workspace,
      this.#signIn,
      { id: this.site.id, session },
      (stale) => {
        for (const { what, old, new: now } of stale) {
          this.#workspace.log(`refreshed ${what}: was ${old}, is ${now}`);
        }
      },
    );
    return {
      upgrade: refresher.upgrade,
      ended: refresher.ended,
      stop: refresher.stop,
      prepare: async (afterFailure) => {
        const verdict = await refresher.prepare(afterFailure);
        // What was wrong before is over; if this connection fails all the same, it will tell.
        this.#failure = null;
        return verdict;
      },
    };
  }

  #failed(error: unknown, isNews = true): void {
    const failure = toldFailure(errorForOwner(error, this.#workspace.options));
    this.#failure = { ...failure, at: new Date().toISOString() };
    if (isNews) this.#workspace.log(`${failure.message} (${failure.hint})`);
  }
}
