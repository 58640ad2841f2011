import { runAgent } from '../setup/agent/agent.js';
import { programVersion } from '../setup/agent/version.js';
import { runPlain } from './plain-words.js';

/**
 * `bai-win agent`, which `up` starts: it stays for days, so it does without the parser, which would take
 * a quarter of its memory.
 *
 * @param words after `agent`
 * @returns exit code: 0 it was told to stop, 1 it failed, 2 the command line was not understood
 */
export function agent(words: readonly string[]): Promise<number> {
  const takes = { count: 0, called: 'options only' };
  return runPlain('agent', words, takes, async ({ workspace, flags }) => {
    await runAgent(flags, workspace.network, await programVersion());
  });
}
