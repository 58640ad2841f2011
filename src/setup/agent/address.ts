import { createHash } from 'node:crypto';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Workspace } from '../workspace.js';

/** Longest path of a Unix socket in bytes, by the smallest `sun_path` (macOS: 104 with its final zero). */
const MAX_SOCKET_PATH = 103;

/** Where the agent of this user and this settings folder is asked. */
interface AgentPlaces {
  /** Folder of the socket; to be made private before it is used. */
  readonly folder: string;
  /** Socket, or on Windows named pipe. */
  readonly address: string;
  readonly lockFile: string;
  readonly logFile: string;
}

export function agentPlaces({ machine, paths }: Pick<Workspace, 'machine' | 'paths'>): AgentPlaces {
  const hash = createHash('sha256').update(`${userInfo().username}\n${paths.data}`).digest('hex');
  const name = `bai-win-${hash.slice(0, 16)}`;
  const own = {
    lockFile: join(paths.state, 'agent.lock'),
    logFile: join(paths.state, 'agent.log'),
  };
  if (machine.platform === 'win32') {
    return { folder: paths.state, address: `\\\\.\\pipe\\${name}`, ...own };
  }
  const socket = join(paths.state, 'agent.sock');
  if (Buffer.byteLength(socket) <= MAX_SOCKET_PATH) {
    return { folder: paths.state, address: socket, ...own };
  }
  const folder = join(tmpdir(), name);
  return { folder, address: join(folder, 'agent.sock'), ...own };
}
