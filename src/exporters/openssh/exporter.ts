import type { Change } from '../../changes/change.js';
import type { Snapshot } from '../../changes/snapshot.js';
import type { Exporter, Machine } from '../exporter.js';
import { fileChanges } from '../files.js';
import { environment, findProgram, pathsOf, programDirectories } from '../machine.js';
import { isNumbered } from '../names.js';
import { withoutSection, withSection } from './config-block.js';
import { latin1OrNull, planOwnFiles, sshAlias, sshFiles, unplanOwnFiles } from './files.js';
import { aliasBase, bareAlias, configPath } from './host-entry.js';

/** The folders that may hold ssh: Windows brings its own. */
export function sshPrograms(machine: Machine): string[] {
  const root = machine.platform === 'win32' ? environment(machine, 'SystemRoot') : undefined;
  const system = root === undefined ? [] : [pathsOf(machine).join(root, 'System32', 'OpenSSH')];
  return [...system, ...programDirectories(machine, 'OpenSSH')];
}

/**
 * Our file as the user's config includes it. Relative paths are of the folder `.ssh` (ssh_config(5));
 * Windows' ssh takes no other form in all its versions.
 */
function included(machine: Machine): string {
  if (machine.platform === 'win32') return 'bai-win/config';
  return Buffer.from(configPath(sshFiles(machine).config, machine)).toString('latin1');
}

function userConfigChanges(machine: Machine, now: Snapshot, text: string | null): Change[] {
  const { userConfig } = sshFiles(machine);
  const target = { stage: 'entry', title: 'ssh config', path: userConfig } as const;
  const after = text === null ? null : Buffer.from(text, 'latin1');
  return fileChanges(target, now.file(userConfig), after);
}

/** OpenSSH, and what reads its config: scp, sftp, rsync, git, VS Code, Gateway, Cyberduck. */
export const openssh: Exporter = {
  id: 'openssh',
  title: 'OpenSSH',
  sources(machine) {
    const files = sshFiles(machine);
    return {
      files: [files.userConfig, files.config, files.knownHosts],
      directories: [pathsOf(machine).dirname(files.userConfig), ...sshPrograms(machine)],
      registryKeys: [],
    };
  },
  detect(machine, now) {
    const program = findProgram(machine, now, sshPrograms(machine), ['ssh']);
    if (program !== undefined) return { found: true, why: `${program} is there` };
    const folder = pathsOf(machine).dirname(sshFiles(machine).userConfig);
    return now.directory(folder) !== null
      ? { found: true, why: `there is a folder ${folder}` }
      : { found: false, why: `no ssh program found, and no folder ${folder}` };
  },
  plan(site, machine, now) {
    const { userConfig } = sshFiles(machine);
    const text = withSection(latin1OrNull(now, userConfig), included(machine), userConfig);
    return [...planOwnFiles(site, machine, now), ...userConfigChanges(machine, now, text)];
  },
  unplan(site, machine, now) {
    const { userConfig, config } = sshFiles(machine);
    const changes = unplanOwnFiles(site, machine, now);
    const isLast =
      now.file(config) === null ||
      changes.some((c) => c.kind === 'file' && c.path === config && c.after === null);
    if (!isLast) return changes;
    const text = withoutSection(latin1OrNull(now, userConfig), userConfig);
    return [...userConfigChanges(machine, now, text), ...changes];
  },
  howToOpen(site, machine, now) {
    const alias = sshAlias(site, machine, now);
    return [`VS Code: Remote-SSH: Connect to Host > ${alias}`, `ssh ${alias}`];
  },
  takenName(site, machine, now) {
    const base = aliasBase(site);
    return isNumbered(bareAlias(sshAlias(site, machine, now)), base, '-')
      ? `${base}.bai`
      : undefined;
  },
  startsTunnel: (site) => site.proxyCommand !== undefined,
};
