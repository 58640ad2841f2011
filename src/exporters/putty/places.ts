import path from 'node:path';
import type { Snapshot, Sources } from '../../changes/snapshot.js';
import type { Machine } from '../exporter.js';
import { environment, xdgConfigHome } from '../machine.js';
import { fileSessions } from './file-sessions.js';
import { fileHostKeys, registryHostKeys } from './host-key-cache.js';
import type { HostKeyCache } from './host-key-cache.js';
import { registrySessions } from './registry-sessions.js';
import type { SessionStore } from './session-store.js';

/** Where PuTTY keeps its settings on Windows. */
export const puttyRegistryKey = 'HKEY_CURRENT_USER\\Software\\SimonTatham\\PuTTY';

/**
 * The settings directories that PuTTY may use off Windows, best first; all but the last count only
 * if they exist (unix/storage.c: make_filename).
 */
function unixDirectories(machine: Machine): string[] {
  const set = environment(machine, 'PUTTYDIR');
  if (set) return [set];
  return [
    path.posix.join(xdgConfigHome(machine), 'putty'),
    path.posix.join(machine.home, '.putty'),
  ];
}

const sessionsIn = (machine: Machine, directory: string): string =>
  environment(machine, 'PUTTYSESSIONS') ?? path.posix.join(directory, 'sessions');

const hostKeysIn = (machine: Machine, directory: string): string =>
  environment(machine, 'PUTTYSSHHOSTKEYS') ?? path.posix.join(directory, 'sshhostkeys');

/** What `puttySettings` will look at, and on Windows `codePageKey` for its sessions. */
export function puttySources(machine: Machine): Sources {
  if (machine.platform === 'win32') {
    return { files: [], directories: [], registryKeys: [puttyRegistryKey] };
  }
  const directories = unixDirectories(machine);
  return {
    files: [...new Set(directories.map((directory) => hostKeysIn(machine, directory)))],
    directories: [
      ...directories,
      ...new Set(directories.map((directory) => sessionsIn(machine, directory))),
    ],
    registryKeys: [],
  };
}

/** PuTTY's settings as they are now: sessions, host keys, and where they are, for people. */
interface PuttySettings {
  readonly sessions: SessionStore;
  readonly hostKeys: HostKeyCache;
  readonly where: string;
}

/** Finds PuTTY's settings: in the registry on Windows, else in files. */
export function puttySettings(machine: Machine, now: Snapshot): PuttySettings {
  if (machine.platform === 'win32') {
    return {
      // Not before they are asked for: FileZilla wants the host keys alone, and no code page.
      get sessions() {
        return registrySessions(`${puttyRegistryKey}\\Sessions`, now);
      },
      hostKeys: registryHostKeys(`${puttyRegistryKey}\\SshHostKeys`, now),
      where: puttyRegistryKey,
    };
  }
  const directories = unixDirectories(machine);
  const where =
    directories.find((directory) => now.directory(directory) !== null) ?? directories.at(-1) ?? '';
  return {
    sessions: fileSessions(sessionsIn(machine, where), now),
    hostKeys: fileHostKeys(hostKeysIn(machine, where), now),
    where,
  };
}
