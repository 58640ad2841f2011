import type { CommandModule } from 'yargs';
import { BaiError } from '../../errors.js';
import type { GlobalArguments } from '../arguments.js';
import { holdReport } from '../hold-report.js';
import { connectionFlags, start } from '../start.js';

interface OpenArguments extends GlobalArguments {
  session: string;
  in: string | undefined;
}

export const openCommand: CommandModule<GlobalArguments, OpenArguments> = {
  command: 'open <session>',
  describe: 'start FileZilla or PuTTY on a session; opens the tunnel first if none is open',
  builder: (parser) =>
    parser
      .positional('session', {
        type: 'string',
        demandOption: true,
        describe: 'name or id of a session that is set up here',
      })
      .option('in', {
        type: 'string',
        describe: 'filezilla or putty; default: the first that is set up and installed',
      })
      .example('$0 open demo', 'FileZilla, connected to session demo')
      .example('$0 open demo --in putty', 'a PuTTY window'),
  handler: async (args) => {
    const { terminal, workspace, signIn } = start(args);
    const [{ findSite }, { findLaunch }, { readState }, { findRunningTunnel }, { startProgram }] =
      await Promise.all([
        import('../../setup/find-site.js'),
        import('../../setup/launchers.js'),
        import('../../setup/site-list.js'),
        import('../../setup/running-tunnels.js'),
        import('../../platform/start-program.js'),
      ]);
    const owner = { endpoint: args.endpoint, accessKey: args['access-key'] };
    const site = findSite(await readState(workspace), args.session, owner);
    const { title, program, args: words } = await findLaunch(workspace, site, args.in);
    const { sessionName: name, port } = site.record;
    const report = (): void => {
      if (terminal.json) terminal.printJson({ site: site.id, port, program, arguments: words });
      terminal.step('opened', `${title}: ${[program, ...words].join(' ')}`);
    };
    if (site.record.direct !== undefined) {
      const { refreshDirectSite } = await import('../../setup/refresh-direct.js');
      const hold = holdReport(terminal);
      await refreshDirectSite(workspace, site, connectionFlags(args), (stale) => {
        hold.refreshed(stale);
      });
      await startProgram(program, words);
      report();
      return;
    }
    if ((await findRunningTunnel(workspace, site.id)) !== null) {
      await startProgram(program, words);
      report();
      return;
    }
    const { holdTunnel, openForHolding } = await import('../../setup/hold-tunnel.js');
    const manager = await signIn();
    const opened = await openForHolding(workspace, manager, name, undefined, holdReport(terminal));
    const { tunnel, siteId } = opened;
    try {
      if (siteId !== site.id) {
        throw new BaiError(
          'open-other-manager',
          `${name} was set up at ${site.record.endpoint} as ${site.record.accessKey}, but you are signed in at ${manager.endpoint} as ${manager.accessKey}`,
          `sign in there, or type: bai-win setup ${name}    to set up the one where you are`,
        );
      }
      const { ended } = await startProgram(program, words);
      await holdTunnel(
        workspace,
        manager,
        siteId,
        tunnel,
        () => {
          report();
          terminal.say(`the tunnel on 127.0.0.1:${tunnel.port} stays open until ${title} ends`);
          terminal.say('Ctrl-C closes it before that');
        },
        ended,
      );
    } catch (error) {
      await tunnel.close();
      throw error;
    }
    terminal.say('tunnel closed');
  },
};
