import path from 'node:path';
import type { Snapshot, Sources } from '../../changes/snapshot.js';
import type { Detection, Machine } from '../exporter.js';
import {
  findProgram,
  pathsOf,
  programDirectories,
  roamingAppData,
  xdgConfigHome,
} from '../machine.js';
import { findRegistryValue } from '../registry.js';

/** Where the installer leaves the version; 32-bit installers on 64-bit Windows use the second. */
const installKeys = [
  'HKEY_LOCAL_MACHINE\\Software\\FileZilla Client',
  'HKEY_LOCAL_MACHINE\\Software\\WOW6432Node\\FileZilla Client',
  'HKEY_CURRENT_USER\\Software\\FileZilla Client',
];

/** The settings directories that FileZilla may use, best first; all but the first only if they exist. */
function directories(machine: Machine): string[] {
  if (machine.platform === 'win32') return [path.win32.join(roamingAppData(machine), 'FileZilla')];
  return [
    ...new Set([
      path.posix.join(xdgConfigHome(machine), 'filezilla'),
      path.posix.join(machine.home, '.config', 'filezilla'),
      path.posix.join(machine.home, '.filezilla'),
    ]),
  ];
}

const programs = (machine: Machine): readonly string[] =>
  programDirectories(machine, 'FileZilla FTP Client');

/** What `detectFilezilla`, `settingsDirectory` and `hostKeyStores` will look at. */
export function installationSources(machine: Machine): Sources {
  return {
    files: [],
    directories: [...directories(machine), ...programs(machine)],
    registryKeys: machine.platform === 'win32' ? installKeys : [],
  };
}

/** The directory of sitemanager.xml, whether it exists or not. */
export function settingsDirectory(machine: Machine, now: Snapshot): string {
  const [first = '', ...others] = directories(machine);
  return [first, ...others].find((directory) => now.directory(directory) !== null) ?? first;
}

function installedVersion(now: Snapshot, machine: Machine): string | undefined {
  if (machine.platform !== 'win32') return undefined;
  for (const key of installKeys) {
    const data = findRegistryValue(now, key, 'Version')?.value.data;
    if (typeof data === 'string') return data;
  }
  return undefined;
}

/** The version that last wrote a settings file; `undefined` where it does not say so. */
function writtenBy(file: string, now: Snapshot): string | undefined {
  const text = now.file(file)?.toString('utf8') ?? '';
  return /<FileZilla3\s(?:[^>]*\s)?version\s*=\s*["']([^"'>]*)["']/.exec(text)?.[1];
}

/** Whether a version keeps host keys in hostkeys.xml: 3.70.0-beta1 brought that. */
function isFzsshEra(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 3 || (major === 3 && minor >= 70);
}

/** Which stores of host keys FileZilla reads, now or after its next start. */
export interface HostKeyStores {
  /** PuTTY's cache, used up to 3.69. */
  readonly puttyCache: boolean;
  /** hostkeys.xml, used from 3.70 on. */
  readonly hostKeysFile: boolean;
}

/**
 * Where a host key must go. The first start of 3.70 or later after an older version takes over PuTTY's
 * cache, but only while there is no hostkeys.xml: so that file is not begun before that start.
 */
export function hostKeyStores(machine: Machine, now: Snapshot): HostKeyStores {
  const directory = settingsDirectory(machine, now);
  const paths = pathsOf(machine);
  const exists = now.file(paths.join(directory, 'hostkeys.xml')) !== null;
  const settings = writtenBy(paths.join(directory, 'filezilla.xml'), now);
  const program =
    installedVersion(now, machine) ??
    settings ??
    writtenBy(paths.join(directory, 'sitemanager.xml'), now);
  const modern = program !== undefined && isFzsshEra(program);
  const importPending = !exists && settings !== undefined && !isFzsshEra(settings);
  return {
    puttyCache: !modern || importPending,
    hostKeysFile: exists || (modern && !importPending),
  };
}

/** Whether FileZilla is used on this machine. */
export function detectFilezilla(machine: Machine, now: Snapshot): Detection {
  const version = installedVersion(now, machine);
  if (version !== undefined) {
    return { found: true, why: `FileZilla ${version} is installed` };
  }
  const program = findProgram(machine, now, programs(machine), ['filezilla']);
  if (program !== undefined) return { found: true, why: `${program} is there` };
  const directory = settingsDirectory(machine, now);
  return now.directory(directory) !== null
    ? { found: true, why: `its settings are in ${directory}` }
    : { found: false, why: `no filezilla program found, and no settings in ${directory}` };
}
