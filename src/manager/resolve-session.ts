import { BaiError } from '../errors.js';
import { localTime } from '../local-time.js';
import { nearest } from '../nearest.js';
import type { Session } from './session.js';

/** The shortest UUID prefix that counts, in hex digits (protocol section 2.3). */
const MIN_ID_PREFIX = 4;

const UUID_PREFIX = /^[0-9a-f]{4,8}(?:-[0-9a-f-]{0,27})?$/u;

/**
 * The running session that `reference` means: exact id, else exact name, else the only name that
 * begins with it, else the only id that begins with it (at least four hex digits). Where several fit
 * equally and one alone is RUNNING, that one is meant, else the only one that is not on its way out: for
 * a while a session that was started anew shares its name with the one before.
 * @throws BaiError `session-ambiguous`, `session-not-found`, `session-not-running`
 */
export function resolveSession(sessions: readonly Session[], reference: string): Session {
  const wanted = reference.trim();
  const id = wanted.toLowerCase();
  const stages: ((session: Session) => boolean)[] =
    wanted === ''
      ? []
      : [
          (session) => session.id === id,
          (session) => session.name === wanted,
          (session) => session.name.startsWith(wanted),
          (session) =>
            id.length >= MIN_ID_PREFIX && UUID_PREFIX.test(id) && session.id.startsWith(id),
        ];
  for (const fits of stages) {
    const found = sessions.filter(fits);
    if (found.length === 0) continue;
    const running = found.filter(({ status }) => status === 'RUNNING');
    const staying = found.filter((session) => !isLeaving(session));
    const [only, second] = [running, staying].find(({ length }) => length === 1) ?? found;
    if (only === undefined || second !== undefined) throw ambiguous(wanted, found);
    if (only.status !== 'RUNNING') throw notRunning(only);
    return only;
  }
  throw notFound(wanted, sessions);
}

function isLeaving({ status }: Session): boolean {
  return status === 'TERMINATING' || status === 'ERROR';
}

function ambiguous(reference: string, found: readonly Session[]): BaiError {
  const rows = found.map(
    ({ name, id, type, status, createdAt }) =>
      `\n  ${name}  ${id}  ${type}  ${status}  ${localTime(createdAt)}`,
  );
  return new BaiError(
    'session-ambiguous',
    `"${reference}" fits ${found.length} sessions:${rows.join('')}`,
    'type more of the name, or the id',
    {
      details: found.map(({ name, id, type, status, createdAt }) => ({
        name,
        id,
        type,
        status,
        createdAt: createdAt.toISOString(),
      })),
    },
  );
}

function notRunning(session: Session): BaiError {
  const { name, status, statusInfo } = session;
  return new BaiError(
    'session-not-running',
    `session "${name}" is ${status}${statusInfo === null ? '' : ` (${statusInfo})`}, not RUNNING`,
    isLeaving(session)
      ? 'start a new session, then try again'
      : (options) => `wait until bai-win sessions${options} shows it as RUNNING, then try again`,
    { details: { id: session.id, name, status, statusInfo } },
  );
}

function notFound(reference: string, sessions: readonly Session[]): BaiError {
  const names = sessions.map(({ name }) => name);
  const meant = nearest(reference, names);
  const suggestion = meant === undefined ? '' : `perhaps ${meant} is meant; `;
  return new BaiError(
    'session-not-found',
    sessions.length === 0
      ? `there is no session "${reference}": this access key has no live session`
      : `there is no session "${reference}"; there is: ${names.join(', ')}`,
    sessions.length === 0
      ? 'start one in the web console; sessions of another access key do not show here'
      : (options) =>
          `${suggestion}bai-win sessions${options} lists them with their ids; another access key has its own sessions`,
    { details: { names } },
  );
}
