import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { BaiError } from '../../errors.js';
import type { Workspace } from '../workspace.js';

/** Longest path of a Unix socket in bytes, by the smallest `sun_path` (macOS: 104 with its final zero). */
const MAX_SOCKET_PATH = 103;

/** Not the folder for temporary files, which TMPDIR makes another one from window to window. */
const SHORT_FOLDER = '/tmp';

/** Where the agent of this user and this settings folder is asked. */
interface AgentPlaces {
  /** Folder of the socket; to be made private before it is used. */
  readonly folder: string;
  /** Socket, or on Windows named pipe. */
  readonly address: string;
  /** Held while one starts. */
  readonly lockFile: string;
  /** Held while one holds, or may hold, tunnels. */
  readonly lifeFile: string;
  readonly logFile: string;
}

/** @throws BaiError `agent-folder-foreign` */
export function agentPlaces({ machine, paths }: Pick<Workspace, 'machine' | 'paths'>): AgentPlaces {
  const hash = createHash('sha256').update(`${userInfo().username}\n${paths.data}`).digest('hex');
  const name = `bai-win-${hash.slice(0, 16)}`;
  const own = {
    lockFile: join(paths.state, 'agent.lock'),
    lifeFile: join(paths.state, 'agent-life.lock'),
    logFile: join(paths.state, 'agent.log'),
  };
  if (machine.platform === 'win32') {
    return { folder: paths.state, address: `\\\\.\\pipe\\${name}`, ...own };
  }
  const socket = join(paths.state, 'agent.sock');
  if (Buffer.byteLength(socket) <= MAX_SOCKET_PATH) {
    return { folder: paths.state, address: socket, ...own };
  }
  const folder = join(SHORT_FOLDER, name);
  refuseForeign(folder);
  return { folder, address: join(folder, 'agent.sock'), ...own };
}

/** Whoever has the folder could pass for the agent. */
function refuseForeign(folder: string): void {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found === undefined || (found.isDirectory() && found.uid === process.getuid?.())) return;
  throw new BaiError(
    'agent-folder-foreign',
    `${folder}, where the agent is to be asked, is no folder of your account`,
    'have it deleted, or set BAI_WIN_HOME to a folder with a short path',
  );
}
