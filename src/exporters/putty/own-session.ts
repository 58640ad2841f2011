import type { Change } from '../../changes/change.js';
import { localProxyCommand } from '../command-line.js';
import type { Machine } from '../exporter.js';
import { firstFreeName } from '../names.js';
import type { Site } from '../site.js';
import type { SessionStore, SessionValues } from './session-store.js';

/**
 * LogHost marks a session as ours: it holds the id of the site, survives renaming and saving in
 * PuTTY's window, and gives the session a host key of its own, so that another session behind the
 * same port never looks like an attack.
 */
const mark = 'LogHost';

/** How a session reaches the site; these values are kept right on each run. */
export type Connection = (site: Site, machine: Machine) => SessionValues;

/** By the port of a tunnel that runs on this machine. */
export const directly: Connection = (site) => ({
  HostName: site.host,
  // Without a valid Protocol PuTTY does not read PortNumber at all.
  Protocol: 'ssh',
  PortNumber: site.port,
  UserName: site.user,
  PublicKeyFile: site.ppkPath,
  [mark]: site.id,
  ProxyMethod: 0,
});

/**
 * By a command that PuTTY starts itself, so that no tunnel need run. The host name is made up: of a
 * real one like 127.0.0.1 PuTTY would not ask a proxy. Without a command it is the port again.
 */
export const byCommand: Connection = (site, machine) =>
  site.proxyCommand
    ? {
        ...directly(site, machine),
        HostName: site.id,
        PortNumber: 22,
        ProxyMethod: 5,
        ProxyTelnetCommand: localProxyCommand(site.proxyCommand, machine),
        // What the command says is shown until the session starts.
        ProxyLogToTerm: 2,
      }
    : directly(site, machine);

/** What makes a new session pleasant; from then on these values are the user's. */
function comforts(site: Site): SessionValues {
  return {
    Present: 1,
    // No Kerberos attempt: it delays the login and cannot succeed in a session.
    AuthGSSAPI: 0,
    WinTitle: `${site.name} - Backend.AI`,
  };
}

/**
 * The name of a new session: ASCII, since PuTTY reads names in the code page of the machine, and
 * without characters that its relatives take for folders.
 */
function freshName(site: Site, store: SessionStore): string {
  const plain = /^[A-Za-z0-9+._@-]([A-Za-z0-9 +._@-]{0,62}[A-Za-z0-9+._@-])?$/.test(site.name);
  return firstFreeName(`bai-${plain ? site.name : site.id}`, '-', store.names());
}

/** The saved sessions that stand for a site: the one we made and any copies of it. */
function ownSessions(site: Site, store: SessionStore): string[] {
  return store.names().filter((name) => store.get(name, mark) === site.id);
}

/** The name under which a site is, or will be, saved. */
export function sessionName(site: Site, store: SessionStore): string {
  return ownSessions(site, store)[0] ?? freshName(site, store);
}

/**
 * The changes that make the saved sessions of a site right, or make a first one.
 * @param client as people call it
 * @param extra values that only a new session is given
 */
export function planSession(
  site: Site,
  store: SessionStore,
  client: string,
  connection: SessionValues,
  extra: SessionValues = {},
): Change[] {
  const title = (name: string): string => `${client} session "${name}"`;
  const own = ownSessions(site, store);
  if (own.length > 0) return own.flatMap((name) => store.update(name, connection, title(name)));
  const name = freshName(site, store);
  return store.create(name, { ...connection, ...comforts(site), ...extra }, title(name));
}

/** The changes that delete the saved sessions of a site. */
export function unplanSession(site: Site, store: SessionStore, client: string): Change[] {
  return ownSessions(site, store).flatMap((name) =>
    store.remove(name, `${client} session "${name}"`),
  );
}
