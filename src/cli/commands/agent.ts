import type { CommandModule } from 'yargs';
import type { GlobalArguments } from '../arguments.js';
import { connectionFlags, start } from '../start.js';

/**
 * Not in the list of commands: people type `up`, which starts it. For its help, and for options that come
 * before its name: `bin/bai-win.cts` answers `bai-win agent …` without loading this parser.
 */
export const agentCommand: CommandModule<GlobalArguments, GlobalArguments> = {
  command: 'agent',
  describe: false,
  builder: (parser) =>
    parser.hide('json').example('$0 agent', 'the process that bai-win up starts, in this window'),
  handler: async (args) => {
    const { runToTheEnd } = await import('../agent.js');
    await runToTheEnd(start(args).workspace, connectionFlags(args));
  },
};
