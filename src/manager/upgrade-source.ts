import { SharedWork } from '../platform/shared-work.js';
import type { Authenticator } from './authenticator.js';
import { encode, type ManagerClient, type Upgrade } from './client.js';
import { preflight } from './preflight.js';
import { hasEnded } from './session-end.js';
import type { Session } from './session.js';

/**
 * SFTP clients open several connections at once: one look before them serves all, in milliseconds. By
 * the clock on the wall: the other one stands still while some systems sleep.
 */
const FRESH = 30_000;

interface Look {
  readonly at: number;
  readonly found: SharedWork<'id' | 'name'>;
}

/** By session id: what the webserver said last. One client may have several faces, but one of these. */
const looks = new WeakMap<Authenticator, Map<string, Look>>();

/**
 * Makes a fresh WebSocket upgrade request to the session's sshd for each connection (protocol section
 * 4.1). By id, because names need not be unique; by name for the few managers that look up streams by
 * name alone and answer 404 to the id of a session that they list (section 2.3). Through a webserver,
 * which makes the same 502 of every refusal, the manager is asked in words before; and afterwards, since
 * the webserver does not tell on the WebSocket that the session has ended.
 *
 * @param by how to name the session; by default by id, or as the manager takes it in session mode
 */
export function upgradeSource(
  client: ManagerClient,
  session: Pick<Session, 'id' | 'name'>,
  by?: 'id' | 'name',
): () => Promise<Upgrade> {
  const through = client.authenticator.mode === 'session';
  return async () => {
    const name = by ?? (through ? await lookBefore(client, session) : 'id');
    const path = `/stream/session/${encode(session[name])}/tcpproxy`;
    const upgrade = await client.upgrade(path, { app: 'sshd' });
    if (!through) return upgrade;
    return { ...upgrade, isOver: (signal) => hasEnded(client.within(signal), session) };
  };
}

function lookBefore(
  client: ManagerClient,
  session: Pick<Session, 'id' | 'name'>,
): Promise<'id' | 'name'> {
  const known = looks.get(client.authenticator) ?? new Map<string, Look>();
  looks.set(client.authenticator, known);
  const last = known.get(session.id);
  const isFresh = last !== undefined && Math.abs(Date.now() - last.at) < FRESH;
  const look = isFresh ? last : { at: Date.now(), found: new SharedWork<'id' | 'name'>() };
  known.set(session.id, look);
  return look.found.wait(
    // Only who has no limit waits for the rate limit.
    (signal) => preflight(client.signal === undefined ? client : client.within(signal), session),
    client.signal,
  );
}
