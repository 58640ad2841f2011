import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BaiError } from '../../errors.js';
import { isAlive } from '../../platform/is-alive.js';
import { ensurePrivateDirectory } from '../../platform/private-files.js';
import { askAgent } from '../../tunnel/agent/control-client.js';
import type { AgentRequest, AgentStatus, TunnelStatus } from '../../tunnel/agent/protocol.js';
import { inherited, type Workspace } from '../workspace.js';
import { agentPlaces } from './address.js';
import { livingAgent, notAnswering, notReachable, startingAgent } from './life.js';
import { spawnAgent } from './spawn-agent.js';
import { isNewer, programVersion } from './version.js';

/** A start takes a second; a virus scanner that meets the program for the first time takes many. */
const START_LIMIT_MS = 30_000;
/** An agent that was asked to end takes some seconds where something hangs. */
const STOP_LIMIT_MS = 15_000;
const POLL_MS = 20;

/**
 * The agent's state, or `null` where none runs. One that starts or ends is waited for.
 *
 * @throws BaiError `agent-not-reachable`, `agent-not-answering`, and where the agent cannot be asked
 */
export async function agentStatus(workspace: Workspace): Promise<AgentStatus | null> {
  for (let waited = 0; ; waited += POLL_MS) {
    const status = await ask(workspace, { op: 'status' });
    if (status !== null) return status;
    const isOver = waited >= STOP_LIMIT_MS;
    // Asked first: by the time that no agent starts any more, the one that did lives.
    const starting = await startingAgent(workspace);
    const pid = await livingAgent(workspace);
    if (pid === null && (starting === null || isOver)) return null;
    if (pid !== null && isOver) throw notReachable(workspace, pid);
    await sleep(POLL_MS);
  }
}

/** @throws BaiError those of `askAgent`, where it can be `agent-not-answering` */
async function ask(workspace: Workspace, request: AgentRequest): Promise<AgentStatus | null> {
  try {
    return await askAgent(agentPlaces(workspace).address, request);
  } catch (error) {
    if (!(error instanceof BaiError) || error.code !== 'agent-silent') throw error;
    const pid = await livingAgent(workspace);
    throw pid === null ? error : notAnswering(workspace, pid);
  }
}

/**
 * Has the agent hold the tunnels of `sites`; starts it where none runs, and replaces one that an older
 * bai-win started.
 *
 * @param sites ids
 * @param options of the command line that concern the connection, for an agent that is started
 * @throws BaiError `agent-not-started`, and where the agent cannot be asked
 */
export async function holdInAgent(
  workspace: Workspace,
  sites: readonly string[],
  options: readonly string[],
): Promise<AgentStatus> {
  const version = await programVersion();
  const giveUpAt = Date.now() + START_LIMIT_MS;
  for (;;) {
    try {
      const running = await runningAgent(workspace, version);
      if (running !== 'current') await startAgent(workspace, version, options);
      const status = await ask(workspace, { op: 'up', sites });
      if (status !== null) return status;
    } catch (error) {
      if (!isEnding(error) || Date.now() > giveUpAt) throw error;
    }
    if (Date.now() > giveUpAt) throw notStarted(workspace);
    // Somebody else has told it to end at this moment: the next one is to hold them.
    await sleep(POLL_MS);
  }
}

/** Whether that an agent ends is all that came between. */
function isEnding(error: unknown): boolean {
  return error instanceof BaiError && ['agent-ending', 'agent-gone'].includes(error.code);
}

/**
 * Has the agent close the tunnels of `sites`; it ends where none is left.
 *
 * @returns what is still held, or `null` where no agent runs (any more)
 * @throws BaiError `agent-not-ending`, and where the agent cannot be asked
 */
export async function releaseInAgent(
  workspace: Workspace,
  sites: readonly string[],
): Promise<AgentStatus | null> {
  const status = await ask(workspace, { op: 'down', sites });
  if (status === null || status.tunnels.length > 0) return status;
  await untilEnded(status);
  return null;
}

/**
 * Has an agent that runs look at the notes again: it moves what has another port in them now, and
 * closes what they know no more.
 *
 * @returns what it holds then, with ports that were taken meanwhile, which it tells once, and what it
 *   held before and does no more; `null` where none runs
 */
export async function refreshAgent(
  workspace: Workspace,
): Promise<{ readonly status: AgentStatus; readonly ended: readonly TunnelStatus[] } | null> {
  const held = await agentStatus(workspace);
  if (held === null) return null;
  const sites = held.tunnels.map(({ id }) => id);
  const status = await ask(workspace, { op: 'up', sites });
  if (status === null) return null;
  if (status.tunnels.length === 0) await untilEnded(status);
  const kept = new Set(status.tunnels.map(({ id }) => id));
  const wasHeld = held.tunnels.filter(({ state }) => state !== 'elsewhere');
  return { status, ended: wasHeld.filter(({ id }) => !kept.has(id)) };
}

/**
 * Ends the agent and waits until it is gone.
 *
 * @returns what it held last, or `null` where none was running
 * @throws BaiError `agent-not-ending`, `agent-not-reachable`
 */
export async function stopAgent(workspace: Workspace): Promise<AgentStatus | null> {
  for (;;) {
    const status = await askToStop(workspace);
    if (status !== null) {
      await untilEnded(status);
      return status;
    }
    // Nobody listens: that none runs is another matter, and one that comes up is to end as well.
    if ((await agentStatus(workspace)) === null) return null;
  }
}

/**
 * Asks the agent to end.
 *
 * @returns what it holds until then, or `null` where none runs
 */
export function askToStop(workspace: Workspace): Promise<AgentStatus | null> {
  return ask(workspace, { op: 'stop' });
}

/**
 * Waits until an agent that ends is gone.
 *
 * @throws BaiError `agent-not-ending`
 */
async function untilEnded({ pid }: Pick<AgentStatus, 'pid'>): Promise<void> {
  for (let waited = 0; waited < STOP_LIMIT_MS; waited += POLL_MS) {
    if (!isAlive(pid)) return;
    await sleep(POLL_MS);
  }
  throw new BaiError(
    'agent-not-ending',
    `the agent, process ${pid}, does not end`,
    'end that process by hand; nothing is lost by it',
  );
}

/**
 * The agent that runs now, as a program of `version` sees it; `null` where none does. One of a newer
 * version is current as well.
 */
export async function runningAgent(
  workspace: Workspace,
  version: string,
): Promise<'current' | 'older' | null> {
  try {
    const status = await agentStatus(workspace);
    if (status === null) return null;
    return isNewer(version, status.version) ? 'older' : 'current';
  } catch (error) {
    if (!(error instanceof BaiError) || error.code !== 'agent-protocol-differs') throw error;
    return 'older';
  }
}

/**
 * Starts the agent as a process of its own, without a window, and waits until it can be asked. One of
 * an older version is ended by the new one itself.
 */
async function startAgent(
  workspace: Workspace,
  version: string,
  options: readonly string[],
): Promise<void> {
  const program = process.argv[1];
  if (program === undefined) throw notStarted(workspace);
  const { folder, machine, network, paths } = workspace;
  const authorities = machine.env['NODE_EXTRA_CA_CERTS'] ?? '';
  await ensurePrivateDirectory(paths.state);
  const child = spawnAgent(paths.state, [program, 'agent', ...options], {
    ...(folder === null ? {} : { [inherited.folder]: folder }),
    // Node.js takes it as seen from the folder of the process.
    ...(folder === null || authorities === ''
      ? {}
      : { NODE_EXTRA_CA_CERTS: resolve(folder, authorities) }),
    ...(network.proxy === undefined ? {} : { [inherited.proxy]: network.proxy }),
  });
  const ended = new Promise<true>((resolve) => {
    for (const event of ['error', 'exit']) {
      child.once(event, () => {
        resolve(true);
      });
    }
  });
  for (let waited = 0; waited < START_LIMIT_MS; waited += POLL_MS) {
    const hasEnded = await Promise.race([ended, sleep(POLL_MS, false)]);
    // Another one may have started it at the same moment and have won; that one is as good.
    if ((await runningAgent(workspace, version)) === 'current') return;
    if (hasEnded) break;
  }
  throw notStarted(workspace);
}

function notStarted({ options }: Workspace): BaiError {
  return new BaiError(
    'agent-not-started',
    'the agent, which holds the tunnels in the background, did not start',
    `type: bai-win agent${options}    to see why; bai-win tunnel <session>${options} works without it`,
  );
}
