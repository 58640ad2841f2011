import path from 'node:path';
import type { Snapshot } from '../../changes/snapshot.js';
import { windowsCommandLine } from '../command-line.js';
import type { Exporter, Machine } from '../exporter.js';
import { fileChanges } from '../files.js';
import type { FileTarget } from '../files.js';
import { environment } from '../machine.js';
import { hasSection } from '../openssh/config-block.js';
import { openssh } from '../openssh/exporter.js';
import { latin1, planOwnFiles, sshAlias, sshFiles, unplanOwnFiles } from '../openssh/files.js';
import { overlay } from '../overlay.js';
import type { Site } from '../site.js';
import { withoutProfile, withProfile } from './fragment.js';

const localAppData = (machine: Machine): string =>
  environment(machine, 'LOCALAPPDATA') ?? path.win32.join(machine.home, 'AppData', 'Local');

/** The folder for fragments of this user; each program has a folder of its own in it. */
function fragmentFile(machine: Machine): string {
  const folder = path.win32.join(localAppData(machine), 'Microsoft', 'Windows Terminal');
  return path.win32.join(folder, 'Fragments', 'bai-win', 'sessions.json');
}

/** The aliases of installed apps; wt.exe is that of Windows Terminal. */
export const appAliases = (machine: Machine): string =>
  path.win32.join(localAppData(machine), 'Microsoft', 'WindowsApps');

const target = (site: Site, machine: Machine): FileTarget => ({
  stage: 'entry',
  title: `Windows Terminal profile "${site.name}"`,
  path: fragmentFile(machine),
});

/**
 * Windows Terminal: a fragment with a profile for each session, which starts ssh with our own config,
 * whether or not the user's includes that.
 */
export const terminal: Exporter = {
  id: 'terminal',
  title: 'Windows Terminal',
  onlyOn: 'win32',
  sources(machine) {
    if (machine.platform !== 'win32') return { files: [], directories: [], registryKeys: [] };
    const ssh = openssh.sources(machine);
    return {
      files: [...ssh.files, fragmentFile(machine)],
      directories: [appAliases(machine)],
      registryKeys: [],
    };
  },
  detect(machine, now) {
    if (machine.platform !== 'win32') {
      return { found: false, why: 'Windows Terminal is for Windows' };
    }
    const folder = appAliases(machine);
    const found = (now.directory(folder) ?? []).some((name) => name.toLowerCase() === 'wt.exe');
    return found
      ? { found, why: `${path.win32.join(folder, 'wt.exe')} is there` }
      : { found, why: `no wt.exe in ${folder}` };
  },
  plan(site, machine, now) {
    if (machine.platform !== 'win32') return [];
    const file = fragmentFile(machine);
    const changes = planOwnFiles(site, machine, now);
    const alias = sshAlias(site, machine, overlay(now, changes, machine));
    const command = windowsCommandLine(['ssh.exe', '-F', sshFiles(machine).config, alias]);
    const before = now.file(file);
    const after = withProfile(before?.toString('utf8') ?? null, site, command, file);
    return [...changes, ...fileChanges(target(site, machine), before, Buffer.from(after))];
  },
  unplan(site, machine, now) {
    const before = machine.platform === 'win32' ? now.file(fragmentFile(machine)) : null;
    if (before === null) return [];
    const after = withoutProfile(before.toString('utf8'), site, fragmentFile(machine));
    const bytes = after === null ? null : Buffer.from(after);
    return [
      ...fileChanges(target(site, machine), before, bytes),
      // The user's ssh still needs our files as long as the config includes them.
      ...(isIncluded(machine, now) ? [] : unplanOwnFiles(site, machine, now)),
    ];
  },
  howToOpen(site, machine) {
    if (machine.platform !== 'win32') return [];
    const name = `${site.name} (Backend.AI)`;
    return [`new tab > ${name}`, `wt -p "${name}"`];
  },
  // It starts ssh.
  startsTunnel: (site) => site.proxyCommand !== undefined,
};

function isIncluded(machine: Machine, now: Snapshot): boolean {
  const { userConfig } = sshFiles(machine);
  return hasSection(latin1(now, userConfig), userConfig);
}
