import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Machine } from '../exporters/exporter.js';
import { appPaths, type AppPaths } from '../platform/app-paths.js';
import type { Keyring } from '../platform/keyring.js';
import { systemRegistry, type Registry } from '../platform/registry.js';

/** How the person wants the network to be used; nothing of this is ever kept. */
interface NetworkFlags {
  /** A proxy for everything, `--proxy`. */
  readonly proxy: string | undefined;
  /** File with further certificate authorities as PEM, `--ca`. */
  readonly caFile: string | undefined;
  /** Accept any certificate, `--insecure`. */
  readonly insecure: boolean;
}

/** Where a run of bai-win takes place: this machine, our folders on it, and who wants to hear details. */
export interface Workspace {
  readonly machine: Machine;
  readonly paths: AppPaths;
  /** `null` where the system has none. */
  readonly registry: Registry | null;
  /** The system's store for secrets, loaded when it is asked for; `null` where none can be used. */
  readonly keyring: () => Promise<Keyring | null>;
  /** config.ini, written by `bai-win login`. */
  readonly configFile: string;
  /** What earlier setups wrote, see `state.ts`. */
  readonly stateFile: string;
  /** Where the person was when they typed; `.env` is looked for from here. */
  readonly folder: string | null;
  readonly network: NetworkFlags;
  /** What said whose sessions are meant, to be typed again with the next command; see `ownerOptions`. */
  readonly options: string;
  /** Receives a line of detail for `--verbose`; never a secret. */
  readonly log: (line: string) => void;
  /** Receives what the person should know while they wait. */
  readonly notice: (line: string) => void;
}

/** How a bai-win that this one starts is told what must not, or cannot, be among its arguments. */
export const inherited = {
  /** The folder that the person was in: the process itself must not keep that from being deleted. */
  folder: 'BAI_WIN_FOLDER',
  /** What `--proxy` said, which may hold a password. */
  proxy: 'BAI_WIN_PROXY',
  /** Process number of the agent that a new one is to take the place of. */
  predecessor: 'BAI_WIN_PREDECESSOR',
} as const;

/** @throws BaiError `home-not-absolute`, `user-folder-not-absolute` */
export function openWorkspace({
  log,
  notice,
  network = { proxy: undefined, caFile: undefined, insecure: false },
  options = '',
}: Pick<Workspace, 'log' | 'notice'> & Partial<Pick<Workspace, 'network' | 'options'>>): Workspace {
  // A Windows service account may lack APPDATA; HOME is what tests and Unix users redirect.
  const machine = { platform: process.platform, home: homedir(), env: process.env };
  const { env } = machine;
  const paths = appPaths(machine.platform, env, machine.home);
  return {
    machine,
    paths,
    registry: systemRegistry(machine.platform),
    keyring: async () => {
      const { systemKeyring } = await import('../platform/keyring.js');
      return systemKeyring(machine.platform, env);
    },
    configFile: join(paths.config, 'config.ini'),
    stateFile: join(paths.state, 'sites.json'),
    folder: env[inherited.folder] ?? currentFolder(),
    network: { ...network, proxy: network.proxy ?? env[inherited.proxy] },
    options,
    log,
    notice,
  };
}

/** `null` where it was deleted meanwhile. */
function currentFolder(): string | null {
  try {
    return process.cwd();
  } catch {
    return null;
  }
}
