import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BaiError } from '../../errors.js';
import { askAgent } from '../../tunnel/agent/control-client.js';
import type { AgentStatus } from '../../tunnel/agent/protocol.js';
import type { Workspace } from '../workspace.js';
import { agentPlaces } from './address.js';

/** A start takes a second; a virus scanner that meets the program for the first time takes many. */
const START_LIMIT_MS = 30_000;
/** Ends of connections are waited for, but not long. */
const STOP_LIMIT_MS = 15_000;
const POLL_MS = 50;

/** The agent's state, or `null` where none runs. */
export function agentStatus(workspace: Workspace): Promise<AgentStatus | null> {
  return askAgent(agentPlaces(workspace).address, { op: 'status' });
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
  const { address } = agentPlaces(workspace);
  const running = await stopIfOlder(workspace);
  const wanted = [...new Set([...running.sites, ...sites])];
  if (!running.alive) await startAgent(workspace, options);
  const status = await askAgent(address, { op: 'up', sites: wanted });
  if (status === null) throw notStarted();
  return status;
}

/**
 * Has the agent close the tunnels of `sites`; it ends where none is left.
 *
 * @returns what is still held, or `null` where no agent runs (any more)
 */
export async function releaseInAgent(
  workspace: Workspace,
  sites: readonly string[],
): Promise<AgentStatus | null> {
  const status = await askAgent(agentPlaces(workspace).address, { op: 'down', sites });
  if (status === null || status.tunnels.length > 0) return status;
  await stopAgent(workspace);
  return null;
}

/**
 * Ends the agent and waits until it is gone.
 *
 * @returns whether one was running
 * @throws BaiError `agent-not-ending`
 */
export async function stopAgent(workspace: Workspace): Promise<boolean> {
  const { address } = agentPlaces(workspace);
  const status = await askAgent(address, { op: 'stop' });
  if (status === null) return false;
  for (let waited = 0; waited < STOP_LIMIT_MS; waited += POLL_MS) {
    if (!isAlive(status.pid)) return true;
    await sleep(POLL_MS);
  }
  throw new BaiError(
    'agent-not-ending',
    `the agent, process ${status.pid}, does not end`,
    'end that process by hand; nothing is lost by it',
  );
}

/** Version of this program, from its package.json. */
export async function programVersion(): Promise<string> {
  // Seen from dist/src/setup/agent.
  const file = new URL('../../../../package.json', import.meta.url);
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version;
}

async function stopIfOlder(
  workspace: Workspace,
): Promise<{ alive: boolean; sites: readonly string[] }> {
  let status: AgentStatus | null;
  try {
    status = await agentStatus(workspace);
  } catch (error) {
    if (!(error instanceof BaiError) || error.code !== 'agent-protocol-differs') throw error;
    await stopAgent(workspace);
    return { alive: false, sites: [] };
  }
  if (status === null) return { alive: false, sites: [] };
  const sites = status.tunnels.map(({ id }) => id);
  if (!isNewer(await programVersion(), status.version)) return { alive: true, sites: [] };
  workspace.log(`the agent is of version ${status.version}: starting it anew`);
  await stopAgent(workspace);
  return { alive: false, sites };
}

/** Whether version `a` comes after `b`, number by number; what follows a `-` does not count. */
function isNewer(a: string, b: string): boolean {
  const numbers = (version: string): number[] =>
    (version.split('-', 1)[0] ?? '').split('.').map(Number);
  const theirs = numbers(b);
  for (const [index, number] of numbers(a).entries()) {
    const other = theirs[index] ?? 0;
    if (number !== other) return number > other;
  }
  return false;
}

/** Starts the agent as a process of its own, without a window, and waits until it can be asked. */
async function startAgent(workspace: Workspace, options: readonly string[]): Promise<void> {
  const program = process.argv[1];
  if (program === undefined) throw notStarted();
  const child = spawn(process.execPath, [program, 'agent', ...options], {
    detached: true,
    stdio: 'ignore',
    windowsHide: true,
  });
  const ended = new Promise<true>((resolve) => {
    for (const event of ['error', 'exit']) {
      child.once(event, () => {
        resolve(true);
      });
    }
  });
  child.unref();
  for (let waited = 0; waited < START_LIMIT_MS; waited += POLL_MS) {
    const hasEnded = await Promise.race([ended, sleep(POLL_MS, false)]);
    // Another one may have started it at the same moment and have won; that one is as good.
    if ((await agentStatus(workspace)) !== null) return;
    if (hasEnded) break;
  }
  throw notStarted();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function notStarted(): BaiError {
  return new BaiError(
    'agent-not-started',
    'the agent, which holds the tunnels in the background, did not start',
    'type: bai-win agent    to see why; bai-win tunnel <session> works without it',
  );
}
