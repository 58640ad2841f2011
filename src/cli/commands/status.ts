import type { CommandModule } from 'yargs';
import type { GlobalArguments } from '../arguments.js';
import { start } from '../start.js';
import { showTunnels } from '../tunnel-table.js';

export const statusCommand: CommandModule<GlobalArguments, GlobalArguments> = {
  command: 'status',
  describe: 'show the tunnels that are open in the background, and what is wrong with them',
  builder: (parser) => parser.example('$0 status', 'which session is reached on which port'),
  handler: async (args) => {
    const { terminal, workspace } = start(args);
    const { agentStatus } = await import('../../setup/agent/control.js');
    showTunnels(terminal, await agentStatus(workspace));
  },
};
