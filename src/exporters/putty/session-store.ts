import type { Change } from '../../changes/change.js';

/** Values of a saved session by PuTTY's names; text is REG_SZ in the registry, numbers REG_DWORD. */
export type SessionValues = Readonly<Record<string, string | number>>;

/** New values of a saved session; `null` takes one out. */
export type SessionUpdate = Readonly<Record<string, string | number | null>>;

/** The saved sessions of a client of PuTTY's family, wherever it keeps them. */
export interface SessionStore {
  /** The names as people see them. */
  names(): readonly string[];
  /** A value of a saved session as text; `null` where it is not set. */
  get(session: string, value: string): string | null;
  /** The changes that make a new session: it looks as `Default Settings` do, and has our values. */
  create(session: string, values: SessionValues, title: string): Change[];
  /** The changes that give a session these values and the name `next`, and leave its others alone. */
  update(session: string, next: string, values: SessionUpdate, title: string): Change[];
  /** The changes that delete a session. */
  remove(session: string, title: string): Change[];
}

/** The session whose values PuTTY shows when it starts. */
export const defaultSettings = 'Default Settings';

/**
 * What a new session does not take from `Default Settings`: values that say where and how to connect
 * rather than how PuTTY looks. A pinned host key, a remote command or IPv6 alone would break the session,
 * and a stored password is nobody's business. PuTTY's built-in defaults hold instead.
 */
export const notInherited: ReadonlySet<string> = new Set([
  'AddressFamily',
  'AuthPlugin',
  'DetachedCertificate',
  'Password',
  'PreConnectCommand',
  'ProxyDNS',
  'ProxyExcludeList',
  'ProxyHost',
  'ProxyLocalhost',
  'ProxyPassword',
  'ProxyPort',
  'ProxyTelnetCommand',
  'ProxyType',
  'ProxyUsername',
  'RemoteCommand',
  'SSHManualHostKeys',
  'SshNoAuth',
  'UserNameFromEnvironment',
]);
