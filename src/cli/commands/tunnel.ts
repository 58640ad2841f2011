import type { CommandModule } from 'yargs';
import type { GlobalArguments } from '../arguments.js';
import { holdReport } from '../hold-report.js';
import { sitePort } from '../port-option.js';
import { start } from '../start.js';

interface TunnelArguments extends GlobalArguments {
  session: string;
  port: string | undefined;
}

export const tunnelCommand: CommandModule<GlobalArguments, TunnelArguments> = {
  command: 'tunnel <session>',
  describe: 'keep the tunnel to a session open until Ctrl-C',
  builder: (parser) =>
    parser
      .positional('session', {
        type: 'string',
        demandOption: true,
        describe: 'name or id of the session, or the beginning of one',
      })
      .option('port', {
        type: 'string',
        requiresArg: true,
        describe: 'local port to prefer, for a session that is not set up (10000-65000 advised)',
      })
      .example('$0 tunnel demo', 'FileZilla and PuTTY reach session demo while this runs'),
  handler: async (args) => {
    const port = sitePort(args.port);
    const { terminal, workspace, signIn } = start(args);
    const { holdTunnel, openForHolding } = await import('../../setup/hold-tunnel.js');
    const manager = await signIn();
    const { session, siteId, tunnel, record } = await openForHolding(
      workspace,
      manager,
      args.session,
      port,
      holdReport(terminal),
    );
    await holdTunnel(workspace, manager, siteId, tunnel, () => {
      if (terminal.json)
        terminal.printJson({ session: session.id, host: '127.0.0.1', port: tunnel.port });
      terminal.say(
        `tunnel to ${session.name} is open on 127.0.0.1:${tunnel.port}; Ctrl-C closes it`,
      );
      if (record === undefined) {
        terminal.say(`no client is set up for it yet; type: bai-win setup ${session.name}`);
      }
    });
    terminal.say('tunnel closed');
  },
};
