import type { CommandModule } from 'yargs';
import { BaiError, errorForOwner } from '../../errors.js';
import { clientPlace } from '../../setup/client-place.js';
import type { Launch } from '../../setup/find-launch.js';
import type { KnownSite } from '../../setup/find-site.js';
import { refuseJson, type GlobalArguments } from '../arguments.js';
import { holdReport } from '../hold-report.js';
import { connectionFlags, start, type Start } from '../start.js';
import type { Terminal } from '../terminal.js';

interface OpenArguments extends GlobalArguments {
  session: string;
  in: string | undefined;
}

export const openCommand: CommandModule<GlobalArguments, OpenArguments> = {
  command: 'open <session>',
  describe:
    'start FileZilla, PuTTY or another client on a session, with the tunnel if it needs one',
  builder: (parser) =>
    parser
      .positional('session', {
        type: 'string',
        demandOption: true,
        describe: 'name or id of a session that is set up here',
      })
      .option('in', {
        type: 'string',
        requiresArg: true,
        describe:
          'filezilla, putty, winscp, kitty, terminal, code or ssh; default: the first that is set up and installed',
      })
      .example('$0 open demo', 'FileZilla, connected to session demo')
      .example('$0 open demo --in putty', 'a PuTTY window')
      .example('$0 open demo --in code', 'VS Code, in the home folder of the session'),
  handler: async (args) => {
    const started = start(args);
    const { terminal, workspace } = started;
    // What lies in the command line alone comes first.
    const { chooseLaunchers } = await import('../../setup/launchers.js');
    const launchers = chooseLaunchers(args.in, workspace.machine.platform);
    const [only, ...others] = launchers;
    if (only !== undefined && others.length === 0) refuseJsonBeside(args, only);
    const [{ findMeantSite }, { findLaunch }, { readState }, { findRunningTunnel }] =
      await Promise.all([
        import('../../setup/site-owner.js'),
        import('../../setup/find-launch.js'),
        import('../../setup/site-list.js'),
        import('../../setup/running-tunnels.js'),
      ]);
    const state = await readState(workspace);
    const site = await findMeantSite(workspace, state, args.session, connectionFlags(args));
    const launch = await findLaunch(workspace, site, launchers);
    refuseJsonBeside(args, launch);
    if (site.record.direct !== undefined) {
      const { refreshDirectSite } = await import('../../setup/refresh-direct.js');
      const hold = holdReport(terminal, workspace.options);
      await refreshDirectSite(workspace, site, connectionFlags(args), (stale) => {
        hold.refreshed(stale);
      });
    }
    if (launch.needsTunnel && (await findRunningTunnel(workspace, site.id)) === null) {
      const { siteOptions } = await import('../../setup/site-options.js');
      const options = await siteOptions(workspace, site.record);
      await openWithTunnel(started, site, launch, options).catch((error: unknown) => {
        throw errorForOwner(error, options);
      });
      return;
    }
    if (launch.runsHere) {
      await runHere(started, site, launch);
      return;
    }
    const { startProgram } = await import('../../platform/start-program.js');
    await startProgram(launch.program, launch.args);
    report(terminal, site, launch);
  },
};

/** @throws UsageError `json-not-here` */
function refuseJsonBeside(
  args: OpenArguments,
  { title, runsHere = false }: { readonly title: string; readonly runsHere?: boolean },
): void {
  if (runsHere) refuseJson(args, `what ${title} shows`);
}

function report(
  terminal: Terminal,
  { id, record }: KnownSite,
  { title, program, args }: Launch,
): void {
  if (terminal.json) {
    const { port } = clientPlace(record);
    terminal.printJson({ site: id, port, program, arguments: args });
  }
  terminal.step('opened', `${title}: ${[program, ...args].join(' ')}`);
}

/** The exit code of ssh (ssh(1), EXIT STATUS) where it could not connect; else it is the session's. */
const SSH_FAILED = 255;

/** @throws BaiError `open-ssh-failed` */
async function runHere(
  { terminal, workspace }: Start,
  site: KnownSite,
  launch: Launch,
): Promise<void> {
  const { runInTerminal } = await import('../../platform/start-program.js');
  report(terminal, site, launch);
  const code = await runInTerminal(launch.program, launch.args);
  if (code !== SSH_FAILED) return;
  throw new BaiError(
    'open-ssh-failed',
    `${launch.title} could not connect to ${site.record.sessionName}, or lost it`,
    `what it said stands above; to bring all up to date, type: bai-win setup ${site.record.sessionName}${workspace.options}`,
  );
}

/**
 * Opens the tunnel of a site, starts the client, and holds the tunnel until that ends.
 *
 * @param options see `siteOptions`
 */
async function openWithTunnel(
  { terminal, workspace, signIn }: Start,
  site: KnownSite,
  launch: Launch,
  options: string,
): Promise<void> {
  const [{ holdTunnel, openForHolding }, { ownerSignIn }, { startProgram }] = await Promise.all([
    import('../../setup/hold-tunnel.js'),
    import('../../setup/current-sign-in.js'),
    import('../../platform/start-program.js'),
  ]);
  const { sessionName: name, endpoint, accessKey } = site.record;
  // The site has its owner, whoever else is signed in.
  const asOwner = ownerSignIn(workspace, site.record, signIn);
  const hold = holdReport(terminal, options);
  const opened = await openForHolding({ ...workspace, options }, asOwner, name, {}, hold);
  const { tunnel, siteId } = opened;
  try {
    if (siteId !== site.id) {
      const manager = await asOwner();
      throw new BaiError(
        'open-other-manager',
        `${name} was set up at ${endpoint} as ${accessKey}, but you are signed in at ${manager.endpoint} as ${manager.accessKey}`,
        `sign in there, or type: bai-win setup ${name}${workspace.options}    to set up the one where you are`,
      );
    }
    const { ended } = await startProgram(launch.program, launch.args);
    await holdTunnel(
      workspace,
      opened,
      () => {
        report(terminal, site, launch);
        terminal.say(
          `the tunnel on 127.0.0.1:${tunnel.port} stays open until ${launch.title} ends`,
        );
        terminal.say('Ctrl-C closes it before that');
      },
      ended,
    );
  } catch (error) {
    await tunnel.close();
    throw error;
  }
  terminal.say('tunnel closed');
}
