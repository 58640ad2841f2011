import { BaiError, UsageError } from '../errors.js';
import { resolveSession } from '../manager/resolve-session.js';
import { listSessions } from '../manager/session-list.js';
import type { Session } from '../manager/session.js';
import { isForClients } from '../tunnel/ports.js';
import { directlyAt } from './client-place.js';
import { ownerSignIn } from './current-sign-in.js';
import { announceTunnel } from './running-tunnels.js';
import { SiteRefresher } from './refresh-site.js';
import { keepLoggedIn } from './keep-logged-in.js';
import type { Manager } from './sign-in.js';
import { siteId } from './site-id.js';
import { readState } from './site-list.js';
import { openSiteTunnel, type SiteTunnel } from './site-tunnel.js';
import type { Staleness } from './staleness.js';
import type { SiteRecord } from './state.js';
import type { Workspace } from './workspace.js';

interface OpenedTunnel {
  readonly session: Session;
  readonly siteId: string;
  readonly tunnel: SiteTunnel;
  /** The manager by the sign-in as it is when it is asked for. */
  readonly manager: () => Promise<Manager>;
  /** What setup wrote for this session; `undefined` where nobody ran it. */
  readonly record: SiteRecord | undefined;
}

/** Hears what happens while a tunnel is open. */
export interface HoldReporter {
  /** A connection failed; its client was reset. */
  failed(failure: BaiError): void;
  /** Files did not fit the session any more, and have been brought up to date. */
  refreshed(stale: readonly Staleness[]): void;
}

/**
 * Opens the tunnel of a session on the port that its clients use, and keeps what they rely on true.
 *
 * @param signIn asked at each connection, since people sign in again while a tunnel is open
 * @param local `preferred` is the port to prefer, where not the assigned one; `bind` the address to
 *   listen on, where not 127.0.0.1
 * @throws BaiError `tunnel-not-needed`, `tunnel-already-open`, `tunnel-port-differs`, UsageError
 *   `tunnel-port-assigned`, and those of finding the session
 */
export async function openForHolding(
  workspace: Workspace,
  signIn: () => Promise<Manager>,
  reference: string,
  local: { preferred?: number | undefined; bind?: string | undefined },
  report: HoldReporter,
): Promise<OpenedTunnel> {
  const { options } = workspace;
  const { client, endpoint, accessKey } = await signIn();
  const [sessions, state] = await Promise.all([listSessions(client), readState(workspace)]);
  const session = resolveSession(sessions, reference);
  const id = siteId(endpoint, accessKey, session.name);
  const record = state.sites[id];
  if (record?.direct !== undefined) {
    throw new BaiError(
      'tunnel-not-needed',
      `there is no tunnel to open: ${session.name} is reached ${directlyAt(record.direct)}`,
      `to have clients go through one, type: bai-win setup ${session.name} --via tunnel${options}`,
    );
  }
  const { preferred } = local;
  if (record !== undefined && preferred !== undefined && preferred !== record.port) {
    throw new UsageError(
      'tunnel-port-assigned',
      `the clients of ${session.name} are set up for port ${record.port}, and would not find the tunnel on ${preferred}`,
      `leave --port out, or type: bai-win setup ${session.name} --port ${preferred}${options}    to move the clients there`,
    );
  }
  const owner = { endpoint, accessKey, sessionName: session.name };
  const manager = ownerSignIn(workspace, owner, signIn);
  const refresher = new SiteRefresher(workspace, manager, { id, session }, (stale) => {
    report.refreshed(stale);
  });
  const tunnel = await openSiteTunnel(workspace, { id, ...local }, refresher, (failure) => {
    report.failed(failure);
  });
  if (tunnel.heldBy !== undefined) {
    await tunnel.close();
    throw new BaiError(
      'tunnel-already-open',
      `the tunnel of ${session.name} is open already: process ${tunnel.heldBy} holds 127.0.0.1:${tunnel.port}`,
      `it can be used as it is; to close it, ${await howToClose(workspace, tunnel.heldBy, session.name)}`,
    );
  }
  if (record !== undefined && tunnel.port !== record.port) {
    await tunnel.close();
    throw new BaiError(
      'tunnel-port-differs',
      `the clients of ${session.name} are set up for port ${record.port}, but only ${tunnel.port} could be opened`,
      `close the program that uses port ${record.port}, or type: bai-win setup ${session.name}${options}    to move the clients to another port`,
    );
  }
  return { session, siteId: id, tunnel, manager, record };
}

async function howToClose(workspace: Workspace, pid: number, name: string): Promise<string> {
  const { agentStatus } = await import('./agent/control.js');
  const agent = await agentStatus(workspace).catch(() => null);
  return agent?.pid === pid
    ? `type: bai-win down ${name}${workspace.options}`
    : 'press Ctrl-C in the window where bai-win tunnel runs, or end that process';
}

/**
 * Keeps an open tunnel until Ctrl-C or the end of the console window, then closes it; a login to a
 * web console lasts as long as the tunnel is used.
 *
 * @param ready called once other processes can find the tunnel
 * @param until ends it too, when it settles
 */
export async function holdTunnel(
  workspace: Workspace,
  { siteId: id, tunnel, manager }: OpenedTunnel,
  ready: () => void,
  until?: Promise<void>,
): Promise<void> {
  // One on another address is none for the clients that setup writes for.
  const withdraw = isForClients(tunnel.host)
    ? await announceTunnel(workspace, id, tunnel.port)
    : () => undefined;
  await tunnel.announced();
  const isUsed = (): boolean => (tunnel.tunnel?.connections ?? 0) > 0;
  const letGo = keepLoggedIn(workspace, manager, isUsed);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  await new Promise<void>((resolve) => {
    for (const signal of signals)
      process.once(signal, () => {
        resolve();
      });
    void until?.then(resolve, resolve);
    ready();
  });
  letGo();
  withdraw();
  await tunnel.close();
}
