import path from 'node:path';
import type { Snapshot, Sources } from '../../changes/snapshot.js';
import type { Detection, Machine } from '../exporter.js';
import {
  environment,
  findProgram,
  pathsOf,
  programDirectories,
  roamingAppData,
  xdgConfigHome,
} from '../machine.js';
import { findRegistryValue } from '../registry.js';
import { configLocation, defaultsFile } from './config-location.js';

/** Where the installer leaves the version; 32-bit installers on 64-bit Windows use the second. */
const installKeys = [
  'HKEY_LOCAL_MACHINE\\Software\\FileZilla Client',
  'HKEY_LOCAL_MACHINE\\Software\\WOW6432Node\\FileZilla Client',
  'HKEY_CURRENT_USER\\Software\\FileZilla Client',
];

/** The folder that the installer makes. */
const programFolder = 'FileZilla FTP Client';

/** The settings directories that FileZilla may use, best first; all but the first only if they exist. */
function usualDirectories(machine: Machine): string[] {
  if (machine.platform === 'win32') return [path.win32.join(roamingAppData(machine), 'FileZilla')];
  return [
    ...new Set([
      path.posix.join(xdgConfigHome(machine), 'filezilla'),
      path.posix.join(machine.home, '.config', 'filezilla'),
      path.posix.join(machine.home, '.filezilla'),
    ]),
  ];
}

/**
 * Folders that may hold a FileZilla that nobody installed: those in PATH that are called after it, and
 * where PortableApps and Scoop put it.
 */
function portablePrograms(machine: Machine): string[] {
  const drive = environment(machine, 'SystemDrive');
  const portableApps = path.win32.join('PortableApps', 'FileZillaPortable', 'App', 'filezilla');
  return [
    ...(environment(machine, 'PATH') ?? '')
      .split(';')
      .filter((folder) => path.win32.isAbsolute(folder) && /filezilla/i.test(folder)),
    path.win32.join(machine.home, portableApps),
    ...(drive === undefined ? [] : [path.win32.join(`${drive}\\`, portableApps)]),
    path.win32.join(machine.home, 'scoop', 'apps', 'filezilla', 'current'),
  ];
}

/** Folders that may hold FileZilla's program, best first. */
export function filezillaPrograms(machine: Machine): string[] {
  const usual = programDirectories(machine, programFolder);
  return machine.platform === 'win32' ? [...usual, ...portablePrograms(machine)] : [...usual];
}

/** Whether the installer left its mark, wherever it put the program. */
const isInstalled = (machine: Machine, now: Snapshot): boolean =>
  machine.platform === 'win32' && installKeys.some((key) => now.registryKey(key) !== null);

const programIn = (machine: Machine, now: Snapshot, folders: readonly string[]) =>
  findProgram(machine, now, folders, ['filezilla']);

/**
 * The places of fzdefaults.xml: what `FZ_DATADIR` says, else beside the program, a portable one only
 * where none is installed; off Windows one for every program.
 */
function defaultsFiles(machine: Machine, now: Snapshot): string[] {
  if (machine.platform !== 'win32') return unixDefaultsFiles(machine);
  const named = dataFolder(machine);
  if (named !== undefined) return [path.win32.join(named, defaultsFile)];
  const program =
    programIn(machine, now, programDirectories(machine, programFolder)) ??
    (isInstalled(machine, now) ? undefined : programIn(machine, now, portablePrograms(machine)));
  return program === undefined ? [] : [path.win32.join(path.win32.dirname(program), defaultsFile)];
}

/** The folder that FileZilla is told to take its own files from. */
function dataFolder(machine: Machine): string | undefined {
  const named = environment(machine, 'FZ_DATADIR');
  return named !== undefined && path.win32.isAbsolute(named) ? named : undefined;
}

const unixDefaultsFiles = (machine: Machine): string[] =>
  [...usualDirectories(machine), '/etc/filezilla'].map((folder) =>
    path.posix.join(folder, defaultsFile),
  );

/** The settings directory that an fzdefaults.xml names. */
function namedDirectory(machine: Machine, now: Snapshot): string | undefined {
  for (const file of defaultsFiles(machine, now)) {
    const location = configLocation(now.file(file), file, machine);
    if (location !== undefined) return location;
  }
  return undefined;
}

/** What `detectFilezilla`, `settingsDirectory` and `hostKeyStores` will look at, by all that is usual. */
export function installationSources(machine: Machine): Sources {
  const directories = [...usualDirectories(machine), ...filezillaPrograms(machine)];
  if (machine.platform !== 'win32') {
    return { files: unixDefaultsFiles(machine), directories, registryKeys: [] };
  }
  const named = dataFolder(machine);
  const files = named === undefined ? [] : [path.win32.join(named, defaultsFile)];
  return { files, directories, registryKeys: installKeys };
}

/** The same, by what fzdefaults.xml names. */
export function namedSources(machine: Machine, now: Snapshot): Sources {
  const named = namedDirectory(machine, now);
  return { files: [], directories: named === undefined ? [] : [named], registryKeys: [] };
}

/** The directory of sitemanager.xml, whether it exists or not. */
export function settingsDirectory(machine: Machine, now: Snapshot): string {
  const named = namedDirectory(machine, now);
  if (named !== undefined) return named;
  const [first = '', ...others] = usualDirectories(machine);
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
interface HostKeyStores {
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
  const program = programIn(machine, now, filezillaPrograms(machine));
  if (program !== undefined) return { found: true, why: `${program} is there` };
  const directory = settingsDirectory(machine, now);
  // An empty one remains where our files were the only ones.
  return (now.directory(directory) ?? []).length > 0
    ? { found: true, why: `its settings are in ${directory}` }
    : { found: false, why: `no filezilla program found, and no settings in ${directory}` };
}
