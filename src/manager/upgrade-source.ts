import { encode, type ManagerClient, type Upgrade } from './client.js';
import type { Session } from './session.js';

/**
 * Makes a fresh WebSocket upgrade request to the session's sshd for each connection (protocol section
 * 4.1). By id, because names need not be unique; by name for the few managers that look up streams by
 * name alone and answer 404 to the id of a session that they list (section 2.3).
 */
export function upgradeSource(
  client: ManagerClient,
  session: Pick<Session, 'id' | 'name'>,
  by: 'id' | 'name' = 'id',
): () => Promise<Upgrade> {
  const path = `/stream/session/${encode(session[by])}/tcpproxy`;
  return () => client.upgrade(path, { app: 'sshd' });
}
