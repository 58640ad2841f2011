import { BaiError } from '../errors.js';
import { appProxyAddress } from '../manager/app-proxy.js';
import { directAccess } from '../manager/direct-access.js';
import type { Session } from '../manager/session.js';
import type { SocketAddress } from '../manager/socket-address.js';
import { learnHostKey } from './learn-host-key.js';
import { logIn } from './log-in.js';
import type { Passage } from './passage.js';
import { proveLogin } from './prove-login.js';
import type { Manager } from './sign-in.js';
import type { DirectWay } from './way.js';
import type { Workspace } from './workspace.js';

/**
 * The address that clients connect to without a tunnel.
 *
 * @throws BaiError where there is none
 */
export function directAddress(
  workspace: Workspace,
  { client }: Manager,
  session: Session,
  via: DirectWay,
): Promise<SocketAddress> {
  const find = via === 'direct' ? directAccess : appProxyAddress;
  return find(client, session, around(workspace, session));
}

/** What to do where a session is not reached directly. */
function around({ options }: Workspace, { name }: Session): string {
  return `to go through a tunnel instead, type: bai-win setup ${name} --via tunnel${options}`;
}

/**
 * Straight to an address.
 *
 * @param preferred from `--port`, which is for tunnels
 * @throws BaiError `direct-has-port`, and as `directAddress`
 */
export async function openDirectPassage(
  workspace: Workspace,
  manager: Manager,
  session: Session,
  via: DirectWay,
  preferred: number | undefined,
): Promise<Passage> {
  const address = await directAddress(workspace, manager, session, via);
  const { host, port } = address;
  if (preferred !== undefined) {
    throw new BaiError(
      'direct-has-port',
      `clients reach session "${session.name}" at ${host}:${port}, which --port ${preferred} cannot change`,
      `leave --port out, or go through a tunnel: bai-win setup ${session.name} --via tunnel --port ${preferred}${workspace.options}`,
    );
  }
  const explained = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw explain(workspace, error, session, address);
    });
  return {
    place: { direct: { via, host, port } },
    tunnel: undefined,
    check: async (account) => {
      const known = await learnDirectHostKey(workspace, manager, session, address);
      const target = { ...address, ...account, hostKeyBlob: known };
      const { client, hostKeyBlob } = await explained(logIn(target));
      client.end();
      return hostKeyBlob;
    },
    prove: (target, remoteDirectory) => explained(proveLogin(target, remoteDirectory)),
    close: () => Promise.resolve(),
  };
}

/**
 * The host key of a session that is reached directly, by the manager's own way, because nothing vouches
 * for a bare TCP port. Where that way is closed the person is told.
 *
 * @returns `undefined` where it could not be learnt
 */
async function learnDirectHostKey(
  { log, notice }: Workspace,
  manager: Manager,
  session: Session,
  { host, port }: SocketAddress,
): Promise<Buffer | undefined> {
  try {
    return await learnHostKey(manager, session, log);
  } catch (error) {
    if (!(error instanceof BaiError)) throw error;
    log(`the host key was not learnt through the manager: ${error.message}`);
    notice(
      `the host key at ${host}:${port} is taken as it is shown: the way through the manager, which would vouch for it, is closed`,
    );
    return undefined;
  }
}

/** What the words about a login through a tunnel would say wrongly of an address without one. */
function explain(
  workspace: Workspace,
  cause: unknown,
  session: Session,
  { host, port }: SocketAddress,
): unknown {
  if (!(cause instanceof BaiError)) return cause;
  const { name } = session;
  if (cause.code === 'login-host-key-differs') {
    return new BaiError(
      'direct-host-key-differs',
      `what answers at ${host}:${port} is not session "${name}": it shows another host key`,
      `do not connect there; ${around(workspace, session)}`,
      { cause },
    );
  }
  if (cause.code !== 'login-failed' && cause.code !== 'login-cut') return cause;
  const why = cause.cause instanceof Error ? cause.cause.message : 'the connection was closed';
  return new BaiError(
    'direct-unreachable',
    `session "${name}" is at ${host}:${port}, but this computer gets no SSH connection there: ${why}`,
    `a firewall or a missing VPN may be the reason; ${around(workspace, session)}`,
    { cause },
  );
}
