import { stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Snapshot, Sources } from '../changes/snapshot.js';
import { BaiError } from '../errors.js';
import { environment, findProgram } from '../exporters/machine.js';
import { findRegistryValue } from '../exporters/registry.js';
import { takeExporterSnapshot } from './exporter-snapshot.js';
import type { KnownSite } from './find-site.js';
import type { Launcher } from './launchers.js';
import { recordedSite } from './recorded-site.js';
import type { Workspace } from './workspace.js';

/** Where installers say which file a program's name stands for ("App Paths" in Microsoft's Shell docs). */
const APP_PATHS = ['HKEY_CURRENT_USER', 'HKEY_LOCAL_MACHINE'].map(
  (root) => `${root}\\Software\\Microsoft\\Windows\\CurrentVersion\\App Paths`,
);

/** A client with the program and words that open a site in it. */
export interface Launch {
  readonly title: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Whether the site's tunnel has to be open before it is started. */
  readonly needsTunnel: boolean;
  /** Whether it runs in this terminal window. */
  readonly runsHere: boolean;
}

/**
 * Finds the client to open a site in: the first that the site was set up for and that is installed.
 *
 * @param launchers that can be meant, see `chooseLaunchers`
 * @throws BaiError `open-not-set-up`, `open-not-installed`
 */
export async function findLaunch(
  workspace: Workspace,
  { id, record }: KnownSite,
  launchers: readonly Launcher[],
): Promise<Launch> {
  const { machine } = workspace;
  const usable = launchers.filter(({ exporter }) => record.clients.includes(exporter.id));
  if (usable.length === 0) throw notSetUp(launchers, record.sessionName, workspace);
  const exporters = usable.map(({ exporter }) => exporter);
  const now = await takeExporterSnapshot(workspace, exporters, sourcesOf(usable, workspace));
  for (const launcher of usable) {
    const program = await findInstalled(launcher, workspace, now);
    if (program === undefined) continue;
    const site = recordedSite(workspace, id, record);
    return {
      title: launcher.title,
      program,
      args: launcher.argumentsFor(site, machine, now),
      needsTunnel: record.direct === undefined && !launcher.exporter.startsTunnel?.(site),
      runsHere: launcher.runsHere === true,
    };
  }
  throw notInstalled(usable, workspace);
}

/** By what its installer registered, by PATH, and where its installer puts it. */
async function findInstalled(
  { programs, folders }: Launcher,
  workspace: Workspace,
  now: Snapshot,
): Promise<string | undefined> {
  for (const name of programs) {
    for (const key of APP_PATHS) {
      const stored = findRegistryValue(now, `${key}\\${name}.exe`, '')?.value;
      const path = stored?.type === 'sz' ? stored.data.replace(/^"|"$/g, '') : '';
      if (path !== '') return path;
    }
  }
  for (const name of programs) {
    const path = await onPath(name, workspace);
    if (path !== undefined) return path;
  }
  const { machine } = workspace;
  return findProgram(machine, now, folders(machine), programs);
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

/** Where the programs themselves may be. */
function sourcesOf(launchers: readonly Launcher[], { machine }: Workspace): Sources {
  return {
    files: [],
    directories: launchers.flatMap(({ folders }) => folders(machine)),
    registryKeys: launchers
      .flatMap(({ programs }) => programs)
      .flatMap((program) => APP_PATHS.map((key) => `${key}\\${program}.exe`)),
  };
}

function notSetUp(
  launchers: readonly Launcher[],
  session: string,
  { options }: Workspace,
): BaiError {
  const [first, ...others] = launchers;
  const ids = launchers.map(({ id }) => id).join(', ');
  const which = others.length === 0 ? first?.title : `any client that open can start (${ids})`;
  return new BaiError(
    'open-not-set-up',
    `${session} is not set up in ${which ?? ''}`,
    `type: bai-win setup ${session} --for ${first?.exporter.id ?? ''}${options}`,
  );
}

function notInstalled(launchers: readonly Launcher[], { machine }: Workspace): BaiError {
  const names = launchers.map(({ title }) => title).join(' or ');
  const packages = launchers.map(({ programs: [name = ''] }) => name).join(' or ');
  return new BaiError(
    'open-not-installed',
    `${names} is not installed where bai-win looks: the system's folders for programs, and PATH`,
    machine.platform === 'win32'
      ? launchers.map(({ title, install }) => `for ${title}, ${install}`).join('; ')
      : `install the package ${packages}, or add its folder to PATH`,
  );
}
