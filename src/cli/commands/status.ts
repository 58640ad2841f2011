import type { CommandModule } from 'yargs';
import { namesApart, referencesTo } from '../../names-apart.js';
import type { GlobalArguments } from '../arguments.js';
import { opensTunnels } from '../opens-tunnels.js';
import { start } from '../start.js';
import { showTunnels } from '../tunnel-table.js';

export const statusCommand: CommandModule<GlobalArguments, GlobalArguments> = {
  command: 'status',
  describe: 'show the tunnels that are open in the background, and what is wrong with them',
  builder: (parser) =>
    parser
      .example('$0 status', 'which session is reached on which port')
      .epilogue(
        'with --json: tunnels holds those that are listed, closed those that up would open',
      ),
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
    const sites = knownSites(state);
    const listed = new Set(tunnels.map(({ id }) => id));
    const closed = sites
      .filter(({ id, record }) => record.direct === undefined && !listed.has(id))
      .map(({ id, record }) => ({ id, session: record.sessionName }));
    if (terminal.json) {
      terminal.printJson({ ...status, tunnels, closed });
      return;
    }
    showTunnels(terminal, { ...status, tunnels }, { opens, beside: closed });
    for (const { record } of sites) {
      const { sessionName, direct } = record;
      if (direct === undefined) continue;
      terminal.say(`${sessionName} needs no tunnel: it is reached ${directlyAt(direct)}`);
    }
    const all = [...tunnels, ...closed];
    const [names, references] = [namesApart(all), referencesTo(all)];
    for (const { id, session, port, state: held } of own) {
      const record = sites.find((site) => site.id === id)?.record;
      if (record === undefined || record.direct !== undefined || record.port === port) continue;
      if (held !== 'open' && held !== 'failing') continue;
      terminal.say(
        `the clients of ${names.get(id) ?? session} are set up for port ${record.port}; to move the tunnel there, type: bai-win up ${references.get(id) ?? id}${workspace.options}`,
      );
    }
    if (opens === null || listed.size === 0) return;
    for (const { id, session } of closed) {
      terminal.say(
        `the tunnel to ${names.get(id) ?? session} is closed; to open all, type: ${opens}`,
      );
    }
  },
};
