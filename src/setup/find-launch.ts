import { stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Snapshot, Sources } from '../changes/snapshot.js';
import { BaiError, UsageError } from '../errors.js';
import { environment, findProgram } from '../exporters/machine.js';
import { findRegistryValue } from '../exporters/registry.js';
import { takeExporterSnapshot } from './exporter-snapshot.js';
import type { KnownSite } from './find-site.js';
import { LAUNCHERS, type Launcher } from './launchers.js';
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
 * Finds the client to open a site in: the one that is named, else the first that the site was set up
 * for and that is installed.
 *
 * @throws UsageError `open-unknown-client`, `open-not-here`, `open-not-set-up`, `open-not-installed`
 */
export async function findLaunch(
  workspace: Workspace,
  { id, record }: KnownSite,
  client: string | undefined,
): Promise<Launch> {
  const { machine } = workspace;
  const usable = candidates(client, machine.platform).filter(({ exporter }) =>
    record.clients.includes(exporter.id),
  );
  if (usable.length === 0) throw notSetUp(client, record.sessionName, workspace);
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

const launchersHere = (platform: NodeJS.Platform): readonly Launcher[] =>
  LAUNCHERS.filter(({ exporter: { onlyOn } }) => onlyOn === undefined || onlyOn === platform);

/** By the word of `--in`, or by that of `setup --for` where it is another. */
function launcherCalled(client: string): Launcher | undefined {
  const word = client.toLowerCase();
  return (
    LAUNCHERS.find(({ id }) => id === word) ??
    LAUNCHERS.find(({ exporter }) => exporter.id === word)
  );
}

/** Those that can be meant: the one that is named, or all that this system can have. */
function candidates(client: string | undefined, platform: NodeJS.Platform): readonly Launcher[] {
  const here = launchersHere(platform);
  if (client === undefined) return here;
  const named = launcherCalled(client);
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
  client: string | undefined,
  session: string,
  { machine, options }: Workspace,
): BaiError {
  const here = launchersHere(machine.platform);
  const named = client === undefined ? undefined : launcherCalled(client);
  const ids = here.map(({ id }) => id).join(', ');
  return new BaiError(
    'open-not-set-up',
    `${session} is not set up in ${named?.title ?? `any client that open can start (${ids})`}`,
    `type: bai-win setup ${session} --for ${named?.exporter.id ?? 'filezilla'}${options}`,
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
