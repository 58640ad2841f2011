import path from 'node:path';
import type { Snapshot } from '../../changes/snapshot.js';
import type { Exporter, Machine } from '../exporter.js';
import { lineContent, splitLines } from '../lines.js';
import { environment, findProgram, programDirectories, roamingAppData } from '../machine.js';
import { codePageKey, refuseBeyondCodePage } from '../putty/code-page.js';
import { cachedHostOf, registryHostKeys } from '../putty/host-key-cache.js';
import type { HostKeyCache } from '../putty/host-key-cache.js';
import { cachedHostKey } from '../putty/host-key.js';
import {
  planSession,
  puttyBaseName,
  puttyComforts,
  puttyConnection,
  sessionName,
  startsTunnel,
  takenSessionName,
  textsOf,
  unplanSession,
} from '../putty/own-session.js';
import type { SessionKind } from '../putty/own-session.js';
import { registrySessions } from '../putty/registry-sessions.js';
import type { SessionStore } from '../putty/session-store.js';
import { hasValues } from '../registry.js';
import type { Site } from '../site.js';
import { UnwritableClient } from '../unwritable-client.js';
import { portableHostKeys, portableSessions } from './portable.js';

const registryRoot = 'HKEY_CURRENT_USER\\Software\\9bis.com\\KiTTY';

/** The folders that KiTTY's installer makes. */
export const kittyPrograms = (machine: Machine): readonly string[] =>
  programDirectories(machine, 'KiTTY');

/** Where KiTTY looks for kitty.ini, best first. */
function iniFiles(machine: Machine): string[] {
  const set = environment(machine, 'KITTY_INI_FILE');
  const folders = [...kittyPrograms(machine), path.win32.join(roamingAppData(machine), 'KiTTY')];
  return [...(set ? [set] : []), ...folders.map((folder) => path.win32.join(folder, 'kitty.ini'))];
}

/** The folders in which a portable KiTTY has its settings: that of kitty.ini. */
const folders = (machine: Machine): string[] =>
  iniFiles(machine).map((file) => path.win32.dirname(file));

/** A setting of section `[KiTTY]`; names and sections are compared without regard to case. */
function iniValue(text: string, name: string): string | undefined {
  let section = '';
  for (const line of splitLines(text).map((raw) => lineContent(raw).trim())) {
    if (line.startsWith('[')) section = line.toLowerCase();
    const [key = '', ...value] = line.split('=');
    if (section === '[kitty]' && key.trim().toLowerCase() === name) return value.join('=').trim();
  }
  return undefined;
}

interface KittySettings {
  readonly sessions: SessionStore;
  readonly hostKeys: HostKeyCache;
}

/**
 * KiTTY's settings: in files if kitty.ini says `savemode=dir`, else in the registry.
 * @throws BaiError `kitty-config-elsewhere` where the files are not beside kitty.ini
 */
function settings(machine: Machine, now: Snapshot): KittySettings {
  const ini = iniFiles(machine).find((file) => now.file(file) !== null);
  const text = ini === undefined ? '' : (now.file(ini)?.toString('latin1') ?? '');
  if (ini === undefined || iniValue(text, 'savemode')?.toLowerCase() !== 'dir') {
    return {
      sessions: registrySessions(`${registryRoot}\\Sessions`, now),
      hostKeys: registryHostKeys(`${registryRoot}\\SshHostKeys`, now),
    };
  }
  const folder = path.win32.dirname(ini);
  const configured = iniValue(text, 'configdir') ?? '';
  if (configured !== '' && path.win32.resolve(folder, configured) !== folder) {
    throw new UnwritableClient(
      'kitty',
      'kitty-config-elsewhere',
      `KiTTY keeps its sessions in ${configured}, where bai-win does not look`,
      `delete the line configdir= from ${ini}`,
    );
  }
  return {
    sessions: portableSessions(
      path.win32.join(folder, 'Sessions'),
      now,
      iniValue(text, 'fileextension') ?? '',
    ),
    hostKeys: portableHostKeys(
      path.win32.join(folder, 'SshHostKeys'),
      now,
      iniValue(text, 'hostkeyextension') ?? '',
    ),
  };
}

const kind: SessionKind = {
  client: 'KiTTY',
  mark: 'LogHost',
  baseName: puttyBaseName,
  separator: '-',
  connection: puttyConnection,
  comforts: (site) => ({ ...puttyComforts(site), Folder: 'Backend.AI' }),
};

/** KiTTY 0.76, in the registry or portable: as PuTTY, in folder `Backend.AI`. */
export const kitty: Exporter = {
  id: 'kitty',
  title: 'KiTTY',
  onlyOn: 'win32',
  sources(machine) {
    if (machine.platform !== 'win32') return { files: [], directories: [], registryKeys: [] };
    return {
      files: iniFiles(machine),
      directories: [
        ...kittyPrograms(machine),
        ...folders(machine).flatMap((folder) => [
          path.win32.join(folder, 'Sessions'),
          path.win32.join(folder, 'SshHostKeys'),
        ]),
      ],
      registryKeys: [registryRoot, codePageKey],
    };
  },
  detect(machine, now) {
    if (machine.platform !== 'win32') return { found: false, why: 'KiTTY is for Windows' };
    const program = findProgram(machine, now, kittyPrograms(machine), ['kitty', 'kitty_portable']);
    if (program !== undefined) return { found: true, why: `${program} is there` };
    const ini = iniFiles(machine).find((file) => now.file(file) !== null);
    if (ini !== undefined) return { found: true, why: `${ini} is there` };
    return hasValues(now, registryRoot)
      ? { found: true, why: `its settings are in ${registryRoot}` }
      : { found: false, why: 'no KiTTY program and no settings of it found' };
  },
  plan(site, machine, now) {
    if (machine.platform !== 'win32') return [];
    refuseBeyondCodePage(kitty, textsOf(site, machine), now);
    const { sessions, hostKeys } = settings(machine, now);
    const key = cachedHostKey(site.hostKeyBlob);
    return [
      ...hostKeys.put(cachedHostOf(site), key, `KiTTY host key of "${site.name}"`),
      ...planSession(site, sessions, kind, machine),
    ];
  },
  unplan(site, machine, now) {
    if (machine.platform !== 'win32') return [];
    const { sessions, hostKeys } = settings(machine, now);
    return [
      ...unplanSession(site, sessions, kind),
      ...hostKeys.remove(cachedHostOf(site), `KiTTY host key of "${site.name}"`),
    ];
  },
  howToOpen(site, machine, now) {
    if (machine.platform !== 'win32') return [];
    const name = kittySessionName(site, machine, now);
    return [`session ${name} > Open`, `kitty -load ${/\s/.test(name) ? `"${name}"` : name}`];
  },
  takenName(site, machine, now) {
    if (machine.platform !== 'win32') return undefined;
    return takenSessionName(site, settings(machine, now).sessions, kind);
  },
  startsTunnel,
};

/** The name of the saved session that stands for a site, to be typed after `kitty -load`. */
export function kittySessionName(site: Site, machine: Machine, now: Snapshot): string {
  return sessionName(site, settings(machine, now).sessions, kind);
}
