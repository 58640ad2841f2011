import type { BaiError } from '../errors.js';
import type { Session } from '../manager/session.js';
import { upgradeSource } from '../manager/upgrade-source.js';
import { logIn, type LoginTarget } from './log-in.js';
import { proveLogin, type LoginProof } from './prove-login.js';
import type { Manager } from './sign-in.js';
import { openSiteTunnel, type SiteTunnel } from './site-tunnel.js';
import type { SitePlace } from './state.js';
import type { Workspace } from './workspace.js';

/** The way to a session's sshd while setup runs: its own tunnel, or straight to an address. */
export interface Passage {
  /** What clients are given: a port of this computer, or another host. */
  readonly place: SitePlace;
  /** `undefined` where clients need none. */
  readonly tunnel: SiteTunnel | undefined;
  /**
   * Logs in before anything is written.
   *
   * @returns the session's host key, as an SSH public key blob
   */
  check(account: Pick<LoginTarget, 'user' | 'privateKey'>): Promise<Buffer>;
  /** Logs in as clients will. */
  prove(target: LoginTarget, remoteDirectory: string): Promise<LoginProof>;
  close(): Promise<void>;
}

/** The site that is set up. */
interface SetupPlace {
  readonly id: string;
  /** From `--port`. */
  readonly preferred: number | undefined;
  /** Ports that a site without one is not given. */
  readonly avoided: ReadonlySet<number>;
  /** The port is left alone. */
  readonly dryRun: boolean;
}

/**
 * Through a tunnel to the manager, on the site's assigned port.
 *
 * @throws BaiError as `openSiteTunnel`
 */
export async function openTunnelPassage(
  workspace: Workspace,
  manager: Manager,
  session: Session,
  site: SetupPlace,
): Promise<Passage> {
  const failures: BaiError[] = [];
  const tunnel = await openSiteTunnel(
    workspace,
    site,
    { upgrade: upgradeSource(manager.client, session) },
    (failure) => failures.push(failure),
  );
  // What the tunnel saw says more than what the SSH client made of it.
  const through = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw failures.at(-1) ?? error;
    });
  return {
    place: { port: tunnel.port },
    tunnel,
    // One key exchange shows the host key; going on to log in shows a refusal before anything is written.
    check: async (account) => {
      const target = { host: '127.0.0.1', port: tunnel.trustedPort, hostKeyBlob: undefined };
      const { client, hostKeyBlob } = await through(logIn({ ...target, ...account }));
      client.end();
      return hostKeyBlob;
    },
    prove: (target, remoteDirectory) => through(proveLogin(target, remoteDirectory)),
    close: () => tunnel.close(),
  };
}
