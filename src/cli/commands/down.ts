import type { CommandModule } from 'yargs';
import { namesApart } from '../../names-apart.js';
import type { GlobalArguments } from '../arguments.js';
import { connectionFlags, start } from '../start.js';
import { showTunnels, tellWindows } from '../tunnel-table.js';

interface DownArguments extends GlobalArguments {
  session: string[] | undefined;
}

export const downCommand: CommandModule<GlobalArguments, DownArguments> = {
  command: 'down [session..]',
  describe: 'close the tunnels that are open in the background; all of them, unless named',
  builder: (parser) =>
    parser
      .positional('session', {
        type: 'string',
        array: true,
        describe: 'names or ids of sessions, or the beginnings of them',
      })
      .example('$0 down', 'nothing of bai-win runs any more')
      .example('$0 down demo', 'the others stay open'),
  handler: async (args) => {
    const { terminal, workspace } = start(args);
    const names = args.session ?? [];
    const { agentStatus, releaseInAgent, stopAgent } = await import('../../setup/agent/control.js');
    const { windowTunnels } = await import('../../setup/agent/window-tunnels.js');
    if (names.length === 0) {
      const last = await stopAgent(workspace);
      // Notes that cannot be read hinder nobody from closing.
      const windows = await windowTunnels(workspace, { pid: null }).catch(() => []);
      if (terminal.json) terminal.printJson({ wasRunning: last !== null, tunnels: windows });
      const wasOpen = last?.tunnels.some(({ state }) => state !== 'elsewhere') === true;
      const which = windows.length === 0 ? 'all tunnels' : 'the tunnels in the background';
      terminal.say(wasOpen ? `${which} are closed` : 'no tunnel was open in the background');
      tellWindows(terminal, windows);
      return;
    }
    const { namedSites } = await import('../../setup/agent/choose-sites.js');
    const { findSiteToClose } = await import('../../setup/find-site.js');
    const flags = connectionFlags(args);
    const named = await namedSites(workspace, names, flags, findSiteToClose);
    const sites = named.map(({ id }) => id);
    const before = await agentStatus(workspace);
    const after = await releaseInAgent(workspace, sites);
    const windows = await windowTunnels(workspace, { pid: after?.pid ?? null });
    const closed =
      before?.tunnels.filter(({ id, state }) => sites.includes(id) && state !== 'elsewhere') ?? [];
    const meant = named.map(({ id, record }) => ({ id, session: record.sessionName }));
    const called = namesApart([...(before?.tunnels ?? []), ...meant]);
    for (const { id, session } of closed) terminal.step('closed', called.get(id) ?? session);
    const idle = meant.filter(({ id }) => !closed.some((one) => one.id === id));
    if (idle.length > 0) {
      const which = idle.map(({ id, session }) => called.get(id) ?? session);
      terminal.say(`no tunnel of ${which.join(', ')} was open in the background`);
    }
    tellWindows(
      terminal,
      windows.filter(({ id }) => sites.includes(id)),
    );
    // What is left is news where something was closed, or where one of the same name may have been meant.
    const left = after?.tunnels ?? [];
    const isNews =
      closed.length > 0 ||
      idle.some(({ session }) => left.some((tunnel) => tunnel.session === session));
    if (terminal.json || (isNews && left.length > 0)) {
      showTunnels(terminal, after, { beside: meant });
    }
  },
};
