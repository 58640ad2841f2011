import { runAgent } from '../setup/agent/agent.js';
import { programVersion } from '../setup/agent/version.js';
import type { ConnectionFlags } from '../setup/sign-in.js';
import type { Workspace } from '../setup/workspace.js';
import { runPlain } from './plain-words.js';

/** What a client's files still need to be written takes less; requests that hang take half a minute. */
const LAST_WORK_MS = 2_000;

/**
 * `bai-win agent`, which `up` starts: it stays for days, so it does without the parser, which would take
 * a quarter of its memory.
 *
 * @param words after `agent`
 * @returns exit code: 0 it was told to stop, 1 it failed, 2 the command line was not understood
 */
export function agent(words: readonly string[]): Promise<number> {
  const takes = { count: 0, called: 'options only' };
  return runPlain('agent', words, takes, ({ workspace, flags }) => runToTheEnd(workspace, flags));
}

/**
 * Runs the agent until it is told to stop; the process ends soon after, whatever is still under way.
 *
 * @throws BaiError those of `runAgent`
 */
export async function runToTheEnd(
  { network }: Pick<Workspace, 'network'>,
  flags: ConnectionFlags,
): Promise<void> {
  try {
    await runAgent(flags, network, await programVersion());
  } finally {
    setTimeout(() => process.exit(), LAST_WORK_MS).unref();
  }
}
