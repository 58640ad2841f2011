import type { Change } from '../../changes/change.js';
import { localProxyCommand } from '../command-line.js';
import type { Machine } from '../exporter.js';
import { firstFreeName, isMadeOf, isNumbered, plainName } from '../names.js';
import { leadsElsewhere } from '../own-entry.js';
import type { Site } from '../site.js';
import {
  defaultSettings,
  type SessionStore,
  type SessionUpdate,
  type SessionValues,
} from './session-store.js';

/** How a client of PuTTY's family saves our sessions. */
export interface SessionKind {
  /** As people call the client. */
  readonly client: string;
  /**
   * The value that marks a session as ours: it holds the id of the site, survives renaming and saving
   * in the client's window, and gives the session a host key of its own, so that another session
   * behind the same port never looks like an attack.
   */
  readonly mark: string;
  /** The name of a new session, before it is numbered, and what stands before the number. */
  readonly baseName: (site: Site) => string;
  readonly separator: string;
  /** How a session reaches the site; these values are kept right on each run. */
  readonly connection: (site: Site, machine: Machine) => SessionValues;
  /** Values that only a new session is given; from then on they are the user's. */
  readonly comforts: (site: Site) => SessionValues;
}

/** Whether sessions of a site start the tunnel themselves. */
export const startsTunnel = (site: Site): boolean =>
  site.puttyProxy === true && site.proxyCommand !== undefined;

/** By the port of a tunnel that runs on this machine. */
const byPort = (site: Site): SessionValues => ({
  HostName: site.host,
  // Without a valid Protocol PuTTY does not read PortNumber at all.
  Protocol: 'ssh',
  PortNumber: site.port,
  UserName: site.user,
  PublicKeyFile: site.ppkPath,
  LogHost: site.id,
  ProxyMethod: 0,
});

/** What the command says is shown until the session starts (putty.h: ProxyLogToTerm, AUTO). */
const PROXY_LOG_UNTIL_SESSION = 2;

/**
 * By a command that PuTTY starts itself, so that no tunnel need run. The host name is made up: of a
 * real one like 127.0.0.1 PuTTY would not ask a proxy.
 */
const byCommand = (site: Site, command: readonly string[], machine: Machine): SessionValues => ({
  ...byPort(site),
  HostName: site.id,
  PortNumber: 22,
  ProxyMethod: 5,
  ProxyTelnetCommand: localProxyCommand(command, machine),
  ProxyLogToTerm: PROXY_LOG_UNTIL_SESSION,
});

/** How PuTTY and KiTTY reach a site. */
export const puttyConnection = (site: Site, machine: Machine): SessionValues =>
  site.proxyCommand && startsTunnel(site)
    ? byCommand(site, site.proxyCommand, machine)
    : byPort(site);

/** The texts by which PuTTY and KiTTY reach a site. */
export const textsOf = (site: Site, machine: Machine): string[] =>
  Object.values(puttyConnection(site, machine)).filter((value) => typeof value === 'string');

/** What makes a new session of PuTTY or KiTTY pleasant. */
export function puttyComforts(site: Site): SessionValues {
  return {
    Present: 1,
    // No Kerberos attempt: it delays the login and cannot succeed in a session.
    AuthGSSAPI: 0,
    WinTitle: `${site.name} - Backend.AI`,
  };
}

/**
 * The name of a new session of PuTTY or KiTTY: ASCII, since they read names in the code page of the
 * machine, and without characters that KiTTY takes for folders.
 */
export function puttyBaseName(site: Site): string {
  return `bai-${plainName(site.name, /[^A-Za-z0-9 +._@-]+/g) ?? site.id}`;
}

const freshName = (site: Site, store: SessionStore, kind: SessionKind): string =>
  firstFreeName(kind.baseName(site), kind.separator, store.names());

function standsFor(
  session: string,
  site: Site,
  store: SessionStore,
  { mark }: SessionKind,
): boolean {
  if (store.get(session, mark) !== site.id) return false;
  const [host, port, keyPath] = ['HostName', 'PortNumber', 'PublicKeyFile'].map((value) =>
    store.get(session, value),
  );
  return !leadsElsewhere({ host, port, keyPath }, site);
}

/** A saved session that stands for a site, and the name that it is to have. */
interface OwnSession {
  readonly name: string;
  readonly next: string;
}

/**
 * The saved sessions that stand for a site: the one we made and any copies of it that still lead there,
 * but never those from which the client makes all new ones. One that has the site's former name gets the
 * new one; what the user called otherwise stays so.
 */
function ownSessions(site: Site, store: SessionStore, kind: SessionKind): OwnSession[] {
  const names = store.names();
  const own = names.filter(
    (name) => name !== defaultSettings && standsFor(name, site, store, kind),
  );
  const { formerName } = site;
  const former = formerName === undefined ? null : kind.baseName({ ...site, name: formerName });
  const renamed = own.find((name) => former !== null && isMadeOf(name, former, kind.separator));
  const others = names.filter((name) => name !== renamed);
  const next = firstFreeName(kind.baseName(site), kind.separator, others);
  return own.map((name) => ({ name, next: name === renamed ? next : name }));
}

/** The name under which a site is, or will be, saved. */
export function sessionName(site: Site, store: SessionStore, kind: SessionKind): string {
  return ownSessions(site, store, kind)[0]?.next ?? freshName(site, store, kind);
}

/** The name that a site would be saved under if no other session had it; see `Exporter`. */
export function takenSessionName(
  site: Site,
  store: SessionStore,
  kind: SessionKind,
): string | undefined {
  const base = kind.baseName(site);
  return isNumbered(sessionName(site, store, kind), base, kind.separator) ? base : undefined;
}

const titleOf = ({ client }: SessionKind, name: string): string => `${client} session "${name}"`;

/** Takes out the command that starts our tunnel, whatever else is to be there now. */
function formerCommand(name: string, site: Site, store: SessionStore): SessionUpdate {
  // All of our commands end so, also those of an installation elsewhere.
  const isOurs = store.get(name, 'ProxyTelnetCommand')?.endsWith(` ${site.id}`) ?? false;
  if (!isOurs) return {};
  const hasOurLog = store.get(name, 'ProxyLogToTerm') === String(PROXY_LOG_UNTIL_SESSION);
  return { ProxyTelnetCommand: null, ...(hasOurLog ? { ProxyLogToTerm: null } : {}) };
}

/** The changes that make the saved sessions of a site right, or make a first one. */
export function planSession(
  site: Site,
  store: SessionStore,
  kind: SessionKind,
  machine: Machine,
): Change[] {
  const connection = kind.connection(site, machine);
  const own = ownSessions(site, store, kind);
  if (own.length > 0) {
    return own.flatMap(({ name, next }) => {
      const values = { ...formerCommand(name, site, store), ...connection };
      return store.update(name, next, values, titleOf(kind, next));
    });
  }
  const name = freshName(site, store, kind);
  const values = { ...connection, ...kind.comforts(site) };
  return store.create(name, values, titleOf(kind, name));
}

/** The changes that delete the saved sessions of a site. */
export function unplanSession(site: Site, store: SessionStore, kind: SessionKind): Change[] {
  return ownSessions(site, store, kind).flatMap(({ name }) =>
    store.remove(name, titleOf(kind, name)),
  );
}
