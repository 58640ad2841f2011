import type { BaiError } from '../errors.js';
import { checkPort, choosePort, isForClients, portCandidates } from '../tunnel/ports.js';
import { openTunnel, type BridgeOptions, type Tunnel } from '../tunnel/tunnel.js';
import { findRunningTunnel } from './running-tunnels.js';
import type { State } from './state.js';
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
  close(): Promise<void>;
}

/**
 * Opens the tunnel of a site on its assigned port: the one asked for, else the one it has, else one
 * that follows from its id. Where that is taken by a stranger, another free one is assigned.
 *
 * @param site `preferred` is from `--port`; `bind` the address to listen on, 127.0.0.1 by default
 * @param way how to reach the session
 * @param onFailure a connection through the tunnel failed
 * @throws BaiError `port-out-of-range`, `port-none-free`, `listen-failed`
 */
export async function openSiteTunnel(
  workspace: Workspace,
  state: State,
  site: { id: string; preferred?: number | undefined; bind?: string | undefined },
  way: Pick<BridgeOptions, 'upgrade' | 'prepare'>,
  onFailure: (failure: BaiError) => void,
): Promise<SiteTunnel> {
  if (site.preferred !== undefined) checkPort(site.preferred);
  const options = {
    ...way,
    log: workspace.log,
    onFailure,
  };
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
  const candidates = portCandidates(site.id, wanted === undefined ? [] : [wanted]);
  const port = await choosePort(candidates, others, host);
  const tunnel = await openTunnel({ ...options, port, host });
  return {
    port,
    host,
    trustedPort: port,
    takenPort: wanted === undefined || wanted === port ? undefined : wanted,
    heldBy: undefined,
    tunnel,
    close: () => tunnel.close(),
  };
}
