import path from 'node:path';
import type { Snapshot } from '../changes/snapshot.js';
import type { Machine } from './exporter.js';

/** Path rules of the machine that a plan is for, which need not be the one that computes it. */
export function pathsOf(machine: Machine): path.PlatformPath {
  return machine.platform === 'win32' ? path.win32 : path.posix;
}

/** An environment variable, `undefined` where unset or empty; Windows ignores the name's case. */
export function environment(machine: Machine, name: string): string | undefined {
  const wanted = name.toLowerCase();
  const found =
    machine.platform === 'win32'
      ? Object.entries(machine.env).find(([key]) => key.toLowerCase() === wanted)?.[1]
      : machine.env[name];
  return found === '' ? undefined : found;
}

/** `$XDG_CONFIG_HOME`, by default `~/.config` (XDG Base Directory Specification). */
export function xdgConfigHome(machine: Machine): string {
  const set = environment(machine, 'XDG_CONFIG_HOME');
  return set && path.posix.isAbsolute(set) ? set : path.posix.join(machine.home, '.config');
}

/** `%APPDATA%`, the roaming settings of a Windows user. */
export function roamingAppData(machine: Machine): string {
  return environment(machine, 'APPDATA') ?? path.win32.join(machine.home, 'AppData', 'Roaming');
}

/**
 * Where systems other than Windows keep programs that were installed. Not all of `PATH`: that may name
 * folders which cannot be listed, and clients are known by their settings too.
 */
const systemDirectories: readonly string[] = [
  '/usr/local/bin',
  '/usr/bin',
  '/bin',
  '/snap/bin',
  '/opt/homebrew/bin',
  '/opt/local/bin',
];

/** Directories that may hold a client's program: on Windows those its installer makes. */
export function programDirectories(machine: Machine, installFolder: string): readonly string[] {
  if (machine.platform !== 'win32') return systemDirectories;
  const localPrograms = environment(machine, 'LOCALAPPDATA');
  return [
    environment(machine, 'ProgramFiles'),
    environment(machine, 'ProgramFiles(x86)'),
    localPrograms && path.win32.join(localPrograms, 'Programs'),
  ].flatMap((root) => (root ? [path.win32.join(root, installFolder)] : []));
}

/** The path of the first of `directories` that holds one of `names`. */
export function findProgram(
  machine: Machine,
  now: Snapshot,
  directories: readonly string[],
  names: readonly string[],
): string | undefined {
  for (const directory of directories) {
    const listed = now.directory(directory) ?? [];
    for (const name of names) {
      const file = machine.platform === 'win32' ? `${name}.exe` : name;
      const found = listed.find((entry) =>
        machine.platform === 'win32' ? entry.toLowerCase() === file : entry === file,
      );
      if (found !== undefined) return pathsOf(machine).join(directory, found);
    }
  }
  return undefined;
}
