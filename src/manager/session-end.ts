import { BaiError } from '../errors.js';
import type { ManagerClient } from './client.js';
import { listAllSessions } from './session-list.js';
import type { Session } from './session.js';

/**
 * Why a session that ran has ended, or `null` where it lives. One that is being restarted lives.
 * @throws BaiError as any call does: nothing is known then
 */
export async function hasEnded(
  client: ManagerClient,
  { id, name }: Pick<Session, 'id' | 'name'>,
): Promise<BaiError | null> {
  const lives = async (): Promise<boolean> => {
    const session = (await listAllSessions(client)).find((one) => one.id === id);
    return session !== undefined && session.status !== 'TERMINATING';
  };
  // Where another session ends between two pages of the list, one is on neither.
  if ((await lives()) || (await lives())) return null;
  return new BaiError(
    'session-ended',
    `session "${name}" has ended, and with it the connections to it`,
    'start a session of the same name in the web console, then connect again',
  );
}
