import type { CommandModule } from 'yargs';
import type { GlobalArguments } from '../arguments.js';
import { opensTunnels } from '../opens-tunnels.js';
import { start } from '../start.js';
import { showTunnels } from '../tunnel-table.js';

export const statusCommand: CommandModule<GlobalArguments, GlobalArguments> = {
  command: 'status',
  describe: 'show the tunnels that are open in the background, and what is wrong with them',
  builder: (parser) => parser.example('$0 status', 'which session is reached on which port'),
  handler: async (args) => {
    const { terminal, workspace } = start(args);
    const [{ agentStatus }, { windowTunnels }, { directlyAt }, { readState }, { knownSites }] =
      await Promise.all([
        import('../../setup/agent/control.js'),
        import('../../setup/agent/window-tunnels.js'),
        import('../../setup/client-place.js'),
        import('../../setup/site-list.js'),
        import('../../setup/find-site.js'),
      ]);
    const status = (await agentStatus(workspace)) ?? { version: null, pid: null, tunnels: [] };
    const windows = await windowTunnels(workspace, status);
    // What the agent says of a window may be some seconds old.
    const own = status.tunnels.filter(({ id }) => !windows.some((window) => window.id === id));
    const state = await readState(workspace);
    const opens = opensTunnels(state, workspace.options);
    const tunnels = [...own, ...windows];
    showTunnels(terminal, { ...status, tunnels }, undefined, opens);
    if (terminal.json) return;
    const isOpen = new Set(tunnels.map(({ id }) => id));
    for (const { id, record } of knownSites(state)) {
      const { sessionName, direct } = record;
      if (direct !== undefined) {
        terminal.say(`${sessionName} needs no tunnel: it is reached ${directlyAt(direct)}`);
      } else if (opens !== null && isOpen.size > 0 && !isOpen.has(id)) {
        terminal.say(`the tunnel to ${sessionName} is closed; to open all, type: ${opens}`);
      }
    }
  },
};
