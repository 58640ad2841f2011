import path from 'node:path';
import type { Snapshot } from '../../changes/snapshot.js';
import type { Exporter, Machine } from '../exporter.js';
import { findProgram, programDirectories, roamingAppData } from '../machine.js';
import {
  planSession,
  puttyConnection,
  sessionName,
  startsTunnel,
  takenSessionName,
  unplanSession,
} from '../putty/own-session.js';
import type { SessionKind } from '../putty/own-session.js';
import { registrySessions } from '../putty/registry-sessions.js';
import type { SessionStore, SessionValues } from '../putty/session-store.js';
import { findRegistryValue, hasValues } from '../registry.js';
import type { Site } from '../site.js';
import { UnwritableClient } from '../unwritable-client.js';
import { winscpFingerprint } from './fingerprint.js';
import { iniSessions } from './ini-sessions.js';
import { mungeName, mungeText, unmunge } from './munge.js';

const registryRoot = 'HKEY_CURRENT_USER\\Software\\Martin Prikryl\\WinSCP 2';

/** The folders that WinSCP's installer makes. */
export const winscpPrograms = (machine: Machine): readonly string[] =>
  programDirectories(machine, 'WinSCP');

/** Where WinSCP looks for WinSCP.ini, best first: beside the program, then in the roaming settings. */
function iniFiles(machine: Machine): string[] {
  return [...winscpPrograms(machine), roamingAppData(machine)].map((folder) =>
    path.win32.join(folder, 'WinSCP.ini'),
  );
}

/** The one text that is not munged. */
const isPlain = (value: string): boolean => value === 'ProxyTelnetCommand';
const encodeText = (text: string, value: string): string =>
  isPlain(value) ? text : mungeText(text);
const decodeText = (data: string, value: string): string => (isPlain(value) ? data : unmunge(data));

/**
 * WinSCP's sites: in WinSCP.ini if there is one, else in the registry.
 * @throws BaiError `winscp-ini-elsewhere` where the registry names another file
 */
function settings(machine: Machine, now: Snapshot): SessionStore {
  const ini = iniFiles(machine).find((file) => now.file(file) !== null);
  if (ini !== undefined) return iniSessions(ini, now, encodeText);
  const elsewhere = findRegistryValue(now, `${registryRoot}\\Configuration`, 'IniFile')?.value.data;
  if (typeof elsewhere === 'string' && elsewhere !== '') {
    throw new UnwritableClient(
      'winscp',
      'winscp-ini-elsewhere',
      `WinSCP keeps its sites in ${unmunge(elsewhere)}, where bai-win does not look`,
      'let WinSCP keep them in the registry or in %APPDATA%\\WinSCP.ini (Preferences > Storage)',
    );
  }
  return registrySessions(`${registryRoot}\\Sessions`, now, {
    escapeName: mungeName,
    unescapeName: unmunge,
    encodeText,
    decodeText,
    template: null,
  });
}

/** WinSCP's names for the values of PuTTY, and what it has besides. */
function winscpConnection(site: Site, machine: Machine): SessionValues {
  const { HostName, PortNumber, UserName, PublicKeyFile, ProxyMethod, ProxyTelnetCommand } =
    puttyConnection(site, machine);
  return {
    HostName: HostName ?? site.host,
    PortNumber: PortNumber ?? site.port,
    UserName: UserName ?? site.user,
    PublicKeyFile: PublicKeyFile ?? site.ppkPath,
    LogicalHostName: site.id,
    SshHostKey: winscpFingerprint(site.hostKeyBlob),
    FSProtocol: 2, // SFTP without falling back to SCP
    ProxyMethod: ProxyMethod ?? 0,
    ...(ProxyTelnetCommand === undefined ? {} : { ProxyTelnetCommand }),
  };
}

const kind: SessionKind = {
  client: 'WinSCP',
  mark: 'LogicalHostName',
  // `/` makes folders of sites.
  baseName: (site) => `Backend.AI/${/[/\\]/.test(site.name) ? site.id : site.name}`,
  separator: ' ',
  connection: winscpConnection,
  comforts: (site) => ({ RemoteDirectory: site.remoteDirectory }),
};

/** WinSCP: a site in folder `Backend.AI` with its host key pinned. */
export const winscp: Exporter = {
  id: 'winscp',
  title: 'WinSCP',
  onlyOn: 'win32',
  sources(machine) {
    if (machine.platform !== 'win32') return { files: [], directories: [], registryKeys: [] };
    return {
      files: iniFiles(machine),
      directories: winscpPrograms(machine),
      registryKeys: [registryRoot],
    };
  },
  detect(machine, now) {
    if (machine.platform !== 'win32') return { found: false, why: 'WinSCP is for Windows' };
    const program = findProgram(machine, now, winscpPrograms(machine), ['winscp']);
    if (program !== undefined) return { found: true, why: `${program} is there` };
    const ini = iniFiles(machine).find((file) => now.file(file) !== null);
    if (ini !== undefined) return { found: true, why: `${ini} is there` };
    return hasValues(now, registryRoot)
      ? { found: true, why: `its settings are in ${registryRoot}` }
      : { found: false, why: 'no WinSCP program and no settings of it found' };
  },
  plan(site, machine, now) {
    if (machine.platform !== 'win32') return [];
    return planSession(site, settings(machine, now), kind, machine);
  },
  unplan(site, machine, now) {
    if (machine.platform !== 'win32') return [];
    return unplanSession(site, settings(machine, now), kind);
  },
  howToOpen(site, machine, now) {
    if (machine.platform !== 'win32') return [];
    const name = sessionName(site, settings(machine, now), kind);
    return [
      `${name.split('/').join(' > ')} > Login`,
      `WinSCP.exe "${winscpSiteArgument(site, machine, now)}"`,
    ];
  },
  takenName(site, machine, now) {
    if (machine.platform !== 'win32') return undefined;
    return takenSessionName(site, settings(machine, now), kind);
  },
  startsTunnel,
};

/**
 * What names a site on WinSCP's command line: its folder and name, with what WinSCP would decode there
 * encoded (winscp.net, "Session URL", special characters).
 */
export function winscpSiteArgument(site: Site, machine: Machine, now: Snapshot): string {
  const name = sessionName(site, settings(machine, now), kind);
  return name.replace(/[%+]/g, encodeURIComponent);
}
