import { stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Sources } from '../changes/snapshot.js';
import { takeSnapshot } from '../changes/take-snapshot.js';
import { BaiError } from '../errors.js';
import type { Exporter } from '../exporters/exporter.js';
import { filezilla, filezillaSitePath } from '../exporters/filezilla/exporter.js';
import { environment, findProgram, programDirectories } from '../exporters/machine.js';
import { putty, puttySessionName } from '../exporters/putty/exporter.js';
import { findRegistryValue } from '../exporters/registry.js';
import type { KnownSite } from './find-site.js';
import { recordedSite } from './recorded-site.js';
import type { Workspace } from './workspace.js';

/** A client that can be started on a site. */
interface Launcher {
  readonly exporter: Exporter;
  /** Name of its program, without `.exe`. */
  readonly program: string;
  /** The folder that its installer makes on Windows. */
  readonly installFolder: string;
  /** Its id for `winget install`. */
  readonly winget: string;
  /** The words after the program that open a site; `now` answers for the sources of the exporter. */
  argumentsFor(...about: Parameters<typeof puttySessionName>): string[];
}

const LAUNCHERS: readonly Launcher[] = [
  {
    exporter: filezilla,
    program: 'filezilla',
    installFolder: 'FileZilla FTP Client',
    winget: 'TimKosse.FileZilla.Client',
    argumentsFor: (...about) => [`--site=${filezillaSitePath(...about)}`],
  },
  {
    exporter: putty,
    program: 'putty',
    installFolder: 'PuTTY',
    winget: 'PuTTY.PuTTY',
    argumentsFor: (...about) => ['-load', puttySessionName(...about)],
  },
];

/** Where installers say which file a program's name stands for ("App Paths" in Microsoft's Shell docs). */
const APP_PATHS = ['HKEY_CURRENT_USER', 'HKEY_LOCAL_MACHINE'].map(
  (root) => `${root}\\Software\\Microsoft\\Windows\\CurrentVersion\\App Paths`,
);

/** A client with the program and words that open a site in it. */
export interface Launch {
  readonly title: string;
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * Finds the client to open a site in: the one that is named, else the first that the site was set up
 * for and that is installed.
 *
 * @throws BaiError `open-unknown-client`, `open-not-set-up`, `open-not-installed`
 */
export async function findLaunch(
  workspace: Workspace,
  { id, record }: KnownSite,
  client: string | undefined,
): Promise<Launch> {
  const { machine, registry } = workspace;
  const candidates = LAUNCHERS.filter(({ exporter }) =>
    client === undefined ? record.clients.includes(exporter.id) : exporter.id === client,
  );
  const ids = LAUNCHERS.map(({ exporter }) => exporter.id).join(', ');
  if (client !== undefined && candidates.length === 0) {
    throw new BaiError('open-unknown-client', `open cannot start ${client}`, `--in takes: ${ids}`);
  }
  const usable = candidates.filter(({ exporter }) => record.clients.includes(exporter.id));
  if (usable.length === 0) {
    throw new BaiError(
      'open-not-set-up',
      `${record.sessionName} is not set up in ${client ?? `any client that open can start (${ids})`}`,
      `type: bai-win setup ${record.sessionName} --for ${client ?? 'filezilla'}`,
    );
  }
  const now = await takeSnapshot(sourcesOf(usable, workspace), registry);
  for (const launcher of usable) {
    const program =
      APP_PATHS.map((key) => {
        const stored = findRegistryValue(now, `${key}\\${launcher.program}.exe`, '');
        return stored?.value.type === 'sz' ? stored.value.data.replace(/^"|"$/g, '') : '';
      }).find((path) => path !== '') ??
      (await onPath(launcher.program, workspace)) ??
      findProgram(machine, now, folders(launcher, workspace), [launcher.program]);
    if (program === undefined) continue;
    const site = recordedSite(workspace, id, record);
    const args = launcher.argumentsFor(site, machine, now);
    return { title: launcher.exporter.title, program, args };
  }
  throw notInstalled(usable, workspace);
}

/** The path of a program as a command line would find it; folders that cannot be read count as empty. */
async function onPath(name: string, { machine }: Workspace): Promise<string | undefined> {
  const file = machine.platform === 'win32' ? `${name}.exe` : name;
  for (const folder of environment(machine, 'PATH')?.split(delimiter) ?? []) {
    const path = join(folder, file);
    const found = isAbsolute(path) && (await stat(path).catch(() => undefined))?.isFile() === true;
    if (found) return path;
  }
  return undefined;
}

const folders = ({ installFolder }: Launcher, { machine }: Workspace): readonly string[] =>
  programDirectories(machine, installFolder);

function sourcesOf(launchers: readonly Launcher[], workspace: Workspace): Sources {
  const own = launchers.map(({ exporter }) => exporter.sources(workspace.machine));
  return {
    files: own.flatMap(({ files }) => files),
    directories: [
      ...own.flatMap(({ directories }) => directories),
      ...launchers.flatMap((launcher) => folders(launcher, workspace)),
    ],
    registryKeys: [
      ...own.flatMap(({ registryKeys }) => registryKeys),
      ...launchers.flatMap(({ program }) => APP_PATHS.map((key) => `${key}\\${program}.exe`)),
    ],
  };
}

function notInstalled(launchers: readonly Launcher[], { machine }: Workspace): BaiError {
  const names = launchers.map(({ exporter }) => exporter.title).join(' or ');
  const install = launchers.map(({ winget, program }) =>
    machine.platform === 'win32' ? `winget install ${winget}` : program,
  );
  return new BaiError(
    'open-not-installed',
    `${names} is not installed where bai-win looks: the system's folders for programs, and PATH`,
    machine.platform === 'win32'
      ? `to install it, type: ${install.join('    or: ')}`
      : `install the package ${install.join(' or ')}, or add its folder to PATH`,
  );
}
