import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BaiError } from '../errors.js';
import { holdLock } from '../platform/hold-lock.js';
import { checkPort, isForClients, portCandidates, takePort, tryPort } from '../tunnel/ports.js';
import {
  openTunnel,
  type BridgeOptions,
  type Tunnel,
  type TunnelOptions,
} from '../tunnel/tunnel.js';
import { findRunningTunnel } from './running-tunnels.js';
import { readState } from './site-list.js';
import type { Workspace } from './workspace.js';

/** The way to a session's sshd that is open while a command runs. */
export interface SiteTunnel {
  /** The assigned port, which clients use. */
  readonly port: number;
  /** The port to learn the host key through: surely leads to the session. */
  readonly trustedPort: number;
  /** The address that `tunnel` listens on. */
  readonly host: string;
  /** The port that was asked for or assigned before, where it could not be had. */
  readonly takenPort: number | undefined;
  /** Process that holds the assigned port with an earlier `bai-win tunnel`. */
  readonly heldBy: number | undefined;
  /** The listener of this process on the assigned port; `undefined` where another one holds it. */
  readonly tunnel: Tunnel | undefined;
  /** Others may open this site's tunnel, or see that they need not: it is announced. */
  announced(): Promise<void>;
  close(): Promise<void>;
}

/** How a site's session is reached. */
interface SiteWay extends Pick<BridgeOptions, 'upgrade' | 'prepare'> {
  /** Hears how each connection ended. */
  readonly ended?: TunnelOptions['onEnd'];
  /** The tunnel closes: ends what is being asked for its clients. */
  readonly stop?: () => void;
}

/** The site whose tunnel is to be opened, and how. */
interface TunnelPlace {
  readonly id: string;
  /** From `--port`. */
  readonly preferred?: number | undefined;
  /** Ports not to be assigned, if the site has none yet. */
  readonly avoided?: ReadonlySet<number>;
  /** The address to listen on; 127.0.0.1 by default. */
  readonly bind?: string | undefined;
  /** Only find out which port it would be: leave that to whoever has it, and write nothing. */
  readonly dryRun?: boolean;
}

/**
 * Opens the tunnel of a site on its assigned port: the one asked for, else the one it has, else one
 * that follows from its id. Where that is taken by a stranger, another free one is assigned. A setup
 * of the same site that has it for the moment is no stranger, and is waited for.
 *
 * @param way how to reach the session
 * @param onFailure a connection through the tunnel failed
 * @throws BaiError `port-out-of-range`, `port-none-free`, `listen-failed`, and those of the lock
 */
export async function openSiteTunnel(
  workspace: Workspace,
  site: TunnelPlace,
  { stop, ended, ...way }: SiteWay,
  onFailure: (failure: BaiError) => void,
): Promise<SiteTunnel> {
  if (site.preferred !== undefined) checkPort(site.preferred);
  const unlock =
    site.dryRun === true ? () => Promise.resolve() : await lockSite(workspace, site.id);
  try {
    const opened = await open(workspace, site, {
      ...way,
      log: workspace.log,
      onFailure,
      ...(ended === undefined ? {} : { onEnd: ended }),
    });
    const close = async (): Promise<void> => {
      stop?.();
      await opened.close();
      await unlock();
    };
    return { ...opened, announced: unlock, close };
  } catch (error) {
    await unlock();
    throw error;
  }
}

/** Where nothing was ever written there is nobody to wait for, and a setup that fails leaves nothing. */
async function lockSite({ paths }: Workspace, id: string): Promise<() => Promise<void>> {
  if (!existsSync(paths.state)) return () => Promise.resolve();
  return holdLock(join(paths.state, `opening-${id}.lock`));
}

async function open(
  workspace: Workspace,
  site: TunnelPlace,
  options: Omit<TunnelOptions, 'port' | 'host'>,
): Promise<Omit<SiteTunnel, 'announced'>> {
  const state = await readState(workspace);
  const wanted = site.preferred ?? state.sites[site.id]?.port;
  const host = site.bind ?? '127.0.0.1';
  const running = isForClients(host) ? await findRunningTunnel(workspace, site.id) : null;
  if (running !== null && (wanted === undefined || running.port === wanted)) {
    // The port belongs to the other process, so this one goes its own way to the session.
    const own = await openTunnel({ ...options, port: 0 });
    return {
      port: running.port,
      host,
      trustedPort: own.port,
      takenPort: undefined,
      heldBy: running.pid,
      tunnel: undefined,
      close: () => own.close(),
    };
  }
  const others = new Set(
    Object.entries(state.sites)
      .filter(([id]) => id !== site.id)
      .flatMap(([, { port }]) => port ?? []),
  );
  const avoided = wanted === undefined ? (site.avoided ?? []) : [];
  const candidates = portCandidates(site.id, wanted === undefined ? [] : [wanted]);
  const isDry = site.dryRun === true;
  const take = async (port: number): Promise<{ port: number; tunnel: Tunnel }> => {
    // To listen is to know. A dry run must not, and on all addresses it does not tell all: see `tryPort`.
    if (isDry || host !== '127.0.0.1') await tryPort(port, host);
    return { port, tunnel: await openTunnel({ ...options, port: isDry ? 0 : port, host }) };
  };
  const { port, tunnel } = await takePort(candidates, new Set([...others, ...avoided]), take);
  return {
    port,
    host,
    trustedPort: tunnel.port,
    takenPort: wanted === undefined || wanted === port ? undefined : wanted,
    heldBy: undefined,
    tunnel,
    close: () => tunnel.close(),
  };
}
