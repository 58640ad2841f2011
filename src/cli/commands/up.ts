import type { CommandModule } from 'yargs';
import { BaiError } from '../../errors.js';
import type { AgentStatus, TunnelStatus } from '../../tunnel/agent/protocol.js';
import type { GlobalArguments } from '../arguments.js';
import { connectionFlags, connectionOptions, start } from '../start.js';
import { showTunnels, tellMoves } from '../tunnel-table.js';

interface UpArguments extends GlobalArguments {
  session: string[] | undefined;
}

export const upCommand: CommandModule<GlobalArguments, UpArguments> = {
  command: 'up [session..]',
  describe: 'hold tunnels open in the background; of every session that is set up, unless named',
  builder: (parser) =>
    parser
      .positional('session', {
        type: 'string',
        array: true,
        describe: 'sessions that are set up: names or ids, or the beginnings of them',
      })
      .example('$0 up', 'every client that is set up can connect, whatever window is closed')
      .example('$0 up demo', 'session demo too, beside those that are up already'),
  handler: async (args) => {
    const { terminal, workspace } = start(args);
    const [{ chooseSites }, { holdInAgent }] = await Promise.all([
      import('../../setup/agent/choose-sites.js'),
      import('../../setup/agent/control.js'),
    ]);
    const sites = await chooseSites(workspace, args.session ?? [], connectionFlags(args));
    const status = await holdInAgent(workspace, sites, connectionOptions(args));
    tellMoves(terminal, status);
    const closed = status.tunnels.find(({ id, state }) => sites.includes(id) && state === 'closed');
    if (closed === undefined || !terminal.json)
      showTunnels(terminal, status, { toldLater: closed?.id });
    if (closed !== undefined) throw notHeld(closed, status, workspace.options);
    if (terminal.json) return;
    const { mentionAutostart } = await import('../offer-autostart.js');
    await mentionAutostart(terminal, workspace);
  },
};

function notHeld(
  { session, failure }: TunnelStatus,
  status: AgentStatus,
  options: string,
): BaiError {
  return new BaiError(
    'tunnel-not-held',
    `the tunnel of ${session} is not open: ${failure?.message ?? 'it was closed meanwhile'}`,
    failure?.hint ?? `type: bai-win up ${session}${options}`,
    { details: status },
  );
}
