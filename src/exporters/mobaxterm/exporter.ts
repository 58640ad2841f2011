import path from 'node:path';
import type { Snapshot } from '../../changes/snapshot.js';
import type { Exporter, Machine } from '../exporter.js';
import { fileChanges } from '../files.js';
import type { FileTarget } from '../files.js';
import { environment, findProgram, programDirectories, roamingAppData } from '../machine.js';
import type { Site } from '../site.js';
import { withoutSessions, withSessions } from './sessions-file.js';

const programs = (machine: Machine): string[] => [
  ...programDirectories(machine, path.win32.join('Mobatek', 'MobaXterm')),
  ...programDirectories(machine, path.win32.join('Mobatek', 'MobaXterm Personal Edition')),
];

/** MobaXterm's own settings, which say that it is used; we never write them. */
const settings = (machine: Machine): string =>
  path.win32.join(roamingAppData(machine), 'MobaXterm', 'MobaXterm.ini');

/** The file to import, among bai-win's own. */
function sessionsFile(machine: Machine): string {
  const own = environment(machine, 'BAI_WIN_HOME');
  const folder = own ?? path.win32.join(roamingAppData(machine), 'bai-win');
  return path.win32.join(folder, 'Backend.AI.mxtsessions');
}

const target = (site: Site, machine: Machine): FileTarget => ({
  stage: 'entry',
  title: `MobaXterm sessions of "${site.name}"`,
  path: sessionsFile(machine),
});

const textOf = (machine: Machine, now: Snapshot): string =>
  now.file(sessionsFile(machine))?.toString('latin1') ?? '';

/** MobaXterm: a file of sessions to import. Its ini is written by it alone, when it ends. */
export const mobaxterm: Exporter = {
  id: 'mobaxterm',
  title: 'MobaXterm',
  onlyOn: 'win32',
  sources(machine) {
    if (machine.platform !== 'win32') return { files: [], directories: [], registryKeys: [] };
    return {
      files: [sessionsFile(machine), settings(machine)],
      directories: programs(machine),
      registryKeys: [],
    };
  },
  detect(machine, now) {
    if (machine.platform !== 'win32') return { found: false, why: 'MobaXterm is for Windows' };
    const program = findProgram(machine, now, programs(machine), ['mobaxterm']);
    if (program !== undefined) return { found: true, why: `${program} is there` };
    const ini = settings(machine);
    return now.file(ini) !== null
      ? { found: true, why: `${ini} is there` }
      : { found: false, why: `no MobaXterm program found, and no ${ini}` };
  },
  plan(site, machine, now) {
    if (machine.platform !== 'win32') return [];
    const after = Buffer.from(withSessions(textOf(machine, now), site), 'latin1');
    return fileChanges(target(site, machine), now.file(sessionsFile(machine)), after);
  },
  unplan(site, machine, now) {
    const before = machine.platform === 'win32' ? now.file(sessionsFile(machine)) : null;
    if (before === null) return [];
    const after = withoutSessions(textOf(machine, now), site);
    const bytes = after === null ? null : Buffer.from(after, 'latin1');
    return fileChanges(target(site, machine), before, bytes);
  },
  howToOpen(site, machine) {
    if (machine.platform !== 'win32') return [];
    return [`Sessions > Import sessions from file > ${sessionsFile(machine)}`];
  },
};
