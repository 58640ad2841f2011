import { BaiError } from '../errors.js';
import { encode, type ManagerClient } from './client.js';
import { isRecord } from './problem.js';
import type { Session } from './session.js';
import { socketAddress, type SocketAddress } from './socket-address.js';

/**
 * The address at which the sshd of a SYSTEM (SFTP upload) session is reached without a tunnel (protocol
 * sections 2.2 and 4.4; since 22.09).
 *
 * @param around what else to do where there is none, for the hint
 * @throws BaiError as any call, `direct-access-none`
 */
export async function directAccess(
  client: ManagerClient,
  session: Pick<Session, 'id' | 'name'>,
  around: string,
): Promise<SocketAddress> {
  const path = `/session/${encode(session.id)}/direct-access-info`;
  const answer = await client.callForJson({ method: 'GET', path });
  const { public_host: host, sshd_ports: ports } = isRecord(answer) ? answer : {};
  const address = socketAddress(host, Array.isArray(ports) ? (ports as unknown[])[0] : undefined);
  if (address !== null) return address;
  throw new BaiError(
    'direct-access-none',
    `the manager names no address at which session "${session.name}" is reached directly; only SYSTEM sessions, for SFTP uploads, have one`,
    around,
  );
}
