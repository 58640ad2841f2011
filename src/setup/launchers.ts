import type { Snapshot } from '../changes/snapshot.js';
import { UsageError } from '../errors.js';
import type { Exporter, Machine } from '../exporters/exporter.js';
import { filezilla, filezillaSitePath } from '../exporters/filezilla/exporter.js';
import { filezillaPrograms } from '../exporters/filezilla/installation.js';
import { kitty, kittyPrograms, kittySessionName } from '../exporters/kitty/exporter.js';
import { programDirectories } from '../exporters/machine.js';
import { openssh, sshPrograms } from '../exporters/openssh/exporter.js';
import { sshAlias } from '../exporters/openssh/files.js';
import { putty, puttyPrograms, puttySessionName } from '../exporters/putty/exporter.js';
import type { Site } from '../exporters/site.js';
import { appAliases, terminal } from '../exporters/terminal/exporter.js';
import { profileGuid } from '../exporters/terminal/fragment.js';
import { winscp, winscpPrograms, winscpSiteArgument } from '../exporters/winscp/exporter.js';

/** A client that can be started on a site. */
export interface Launcher {
  /** As typed after `--in`. */
  readonly id: string;
  readonly title: string;
  /** Writes the entry that is opened. */
  readonly exporter: Exporter;
  /** Names of its program, without `.exe`, best first. */
  readonly programs: readonly string[];
  /** The folders that its installer makes. */
  readonly folders: (machine: Machine) => readonly string[];
  /** What to do on Windows where it is missing. */
  readonly install: string;
  /** Whether it runs in this terminal window, and open waits for it. */
  readonly runsHere?: true;
  /** The words after the program that open a site; `now` answers for the sources of the exporter. */
  readonly argumentsFor: (site: Site, machine: Machine, now: Snapshot) => string[];
}

const winget = (id: string): string => `type: winget install ${id}`;

/** Every client that open can start; without `--in`, the first that is set up and installed. */
export const LAUNCHERS: readonly Launcher[] = [
  {
    id: 'filezilla',
    title: 'FileZilla',
    exporter: filezilla,
    programs: ['filezilla'],
    folders: filezillaPrograms,
    install: winget('TimKosse.FileZilla.Client'),
    argumentsFor: (...about) => [`--site=${filezillaSitePath(...about)}`],
  },
  {
    id: 'putty',
    title: 'PuTTY',
    exporter: putty,
    programs: ['putty'],
    folders: puttyPrograms,
    install: winget('PuTTY.PuTTY'),
    argumentsFor: (...about) => ['-load', puttySessionName(...about)],
  },
  {
    id: 'winscp',
    title: 'WinSCP',
    exporter: winscp,
    programs: ['winscp'],
    folders: winscpPrograms,
    install: winget('WinSCP.WinSCP'),
    // A WinSCP that runs already would take the site over, and this one end at once.
    argumentsFor: (...about) => [winscpSiteArgument(...about), '/newinstance'],
  },
  {
    id: 'kitty',
    title: 'KiTTY',
    exporter: kitty,
    programs: ['kitty', 'kitty_portable'],
    folders: kittyPrograms,
    install: 'get it from https://www.9bis.net/kitty and put it into a folder that is in PATH',
    argumentsFor: (...about) => ['-load', kittySessionName(...about)],
  },
  {
    id: 'terminal',
    title: 'Windows Terminal',
    exporter: terminal,
    programs: ['wt'],
    folders: (machine) => [appAliases(machine)],
    install: winget('Microsoft.WindowsTerminal'),
    // By its GUID: in a name `;` would begin another command.
    argumentsFor: (site) => ['-p', profileGuid(site)],
  },
  {
    id: 'ssh',
    title: 'OpenSSH',
    exporter: openssh,
    programs: ['ssh'],
    folders: sshPrograms,
    install: 'add OpenSSH Client in Settings > System > Optional features',
    runsHere: true,
    argumentsFor: (...about) => [sshAlias(...about)],
  },
  {
    id: 'code',
    title: 'VS Code',
    exporter: openssh,
    programs: ['code'],
    folders: (machine) => programDirectories(machine, 'Microsoft VS Code'),
    install: `${winget('Microsoft.VisualStudioCode')}    and add its extension Remote - SSH`,
    argumentsFor: (...about) => [
      '--folder-uri',
      `vscode-remote://ssh-remote+${sshAlias(...about)}${encodeURI(about[0].remoteDirectory)}`,
    ],
  },
];

/**
 * The clients that `--in` can mean: the one that it names, by its own word or by that of `setup --for`;
 * all that this system can have where it names none.
 *
 * @throws UsageError `open-unknown-client`, `open-not-here`
 */
export function chooseLaunchers(
  client: string | undefined,
  platform: NodeJS.Platform,
): readonly Launcher[] {
  const here = LAUNCHERS.filter(
    ({ exporter: { onlyOn } }) => onlyOn === undefined || onlyOn === platform,
  );
  if (client === undefined) return here;
  const word = client.toLowerCase();
  const named =
    LAUNCHERS.find(({ id }) => id === word) ??
    LAUNCHERS.find(({ exporter }) => exporter.id === word);
  const hint = `--in takes: ${here.map(({ id }) => id).join(', ')}`;
  if (named === undefined) {
    throw new UsageError('open-unknown-client', `open cannot start ${client}`, hint);
  }
  if (!here.includes(named)) {
    throw new UsageError(
      'open-not-here',
      `${named.title} is for Windows, and cannot be started on this system`,
      hint,
    );
  }
  return [named];
}
