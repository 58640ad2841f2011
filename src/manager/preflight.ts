import { BaiError } from '../errors.js';
import { encode, type ManagerClient } from './client.js';
import { isRecord } from './problem.js';
import type { Session } from './session.js';

/**
 * Asks whether a tunnel to the session's sshd can be opened, with the same lookup as the tunnel itself
 * but an answer in words: a webserver turns every refused upgrade into the same 502 (protocol sections
 * 2.2 and 4.1). Returns by what to name the session in `upgradeSource`.
 * @throws BaiError `sshd-not-offered`, `session-gone`, and as any call does
 */
export async function preflight(
  client: ManagerClient,
  session: Pick<Session, 'id' | 'name'>,
): Promise<'id' | 'name'> {
  try {
    await findSshd(client, session, 'id');
    return 'id';
  } catch (error) {
    // A few managers look up streams by name alone (protocol section 2.3).
    if (!(error instanceof BaiError) || error.code !== 'session-gone') throw error;
    await findSshd(client, session, 'name');
    return 'name';
  }
}

async function findSshd(
  client: ManagerClient,
  session: Pick<Session, 'id' | 'name'>,
  by: 'id' | 'name',
): Promise<void> {
  const path = `/stream/session/${encode(session[by])}/apps`;
  const apps = await client.callForJson({ method: 'GET', path });
  const names = Array.isArray(apps)
    ? apps.map((app) => (isRecord(app) ? String(app['name']) : ''))
    : [];
  if (names.includes('sshd')) return;
  throw new BaiError(
    'sshd-not-offered',
    `session "${session.name}" offers no sshd; it offers: ${names.join(', ') || 'nothing yet'}`,
    'wait until the session has fully started; a session without sshd cannot be reached by SFTP',
    { details: { id: session.id, apps: names } },
  );
}
