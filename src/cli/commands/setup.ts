import { resolve } from 'node:path';
import type { CommandModule } from 'yargs';
import { BaiError } from '../../errors.js';
import type { Exporter } from '../../exporters/exporter.js';
import { WAYS, type Way } from '../../setup/way.js';
import type { SetupResult } from '../../setup/setup-site.js';
import type { Workspace } from '../../setup/workspace.js';
import { SESSION, type GlobalArguments } from '../arguments.js';
import { sitePort } from '../port-option.js';
import { canAsk, confirmOrNot } from '../prompt.js';
import { connectionOptions, start } from '../start.js';
import type { Terminal } from '../terminal.js';

interface SetupArguments extends GlobalArguments {
  session: string;
  user: string | undefined;
  port: string | undefined;
  for: string | undefined;
  identity: string | undefined;
  via: Way | undefined;
  name: string | undefined;
  'putty-proxy': boolean | undefined;
  'dry-run': boolean;
  tunnel: boolean;
}

export const setupCommand: CommandModule<GlobalArguments, SetupArguments> = {
  command: 'setup <session>',
  describe: 'make FileZilla and PuTTY reach a session; run it again at any time',
  builder: (parser) =>
    parser
      .positional('session', SESSION)
      .option('for', {
        type: 'string',
        describe:
          'clients to write for, e.g. filezilla,putty, or all; default: those found on this computer',
      })
      .option('user', {
        type: 'string',
        describe: 'account in the session, where the image does not use "work"',
      })
      .option('port', {
        type: 'string',
        requiresArg: true,
        describe: 'local port to prefer (10000-65000 advised); it is kept for this session',
      })
      .option('identity', {
        type: 'string',
        describe: 'your own private key, where a mounted .ssh folder holds its public half',
      })
      .option('via', {
        choices: WAYS,
        requiresArg: true,
        describe:
          'how the session is reached; default: tunnel, or direct for SYSTEM sessions, for SFTP uploads; it is kept for this session',
      })
      .option('name', {
        type: 'string',
        requiresArg: true,
        describe:
          'what clients show, with {session}, {endpoint} and {user}; it is kept for this session',
      })
      .option('putty-proxy', {
        type: 'boolean',
        describe:
          'PuTTY, KiTTY and WinSCP open their own tunnel, as ssh does; --no-putty-proxy goes back to the port',
      })
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'show what would be written, write nothing',
      })
      .option('tunnel', {
        type: 'boolean',
        default: true,
        describe:
          'hold the tunnel open in the background afterwards, after asking; --no-tunnel does not',
      })
      .example('$0 setup demo', 'everything for session demo')
      .example('$0 setup demo --dry-run', 'what that would change')
      .example('$0 setup demo --name "{session}@{endpoint}"', 'names for two sites side by side')
      .example('$0 setup demo --putty-proxy', 'PuTTY then opens its own tunnel'),
  handler: async (args) => {
    const port = sitePort(args.port);
    const nameTemplate = await nameOption(args.name);
    const identity = await identityOption(args.identity);
    const { terminal, workspace, signIn } = start(args);
    const exporters = await clientsFor(args.for, workspace);
    const [{ setupSite }, { SetupReport }] = await Promise.all([
      import('../../setup/setup-site.js'),
      import('../setup-report.js'),
    ]);
    const manager = await signIn();
    const report = new SetupReport(terminal, args['dry-run'], workspace.options);
    const result = await setupSite(
      workspace,
      manager,
      {
        reference: args.session,
        user: args.user,
        port,
        way: args.via,
        identity,
        nameTemplate,
        puttyProxy: args['putty-proxy'],
        exporters,
        detected: args.for === undefined,
        dryRun: args['dry-run'],
      },
      report,
    );
    const { tunnel, needTunnel, site, direct } = result;
    // Where clients need no tunnel, or another process holds it already, there is nothing to offer.
    const canHold = args.tunnel && !args['dry-run'] && tunnel?.tunnel !== undefined;
    let agentRuns: boolean;
    try {
      agentRuns = canHold && (await isAgentRunning(workspace));
      report.summary(result, workspace, agentRuns);
    } finally {
      await tunnel?.close();
    }
    if (direct !== undefined && !args['dry-run']) await leave(terminal, workspace, result);
    if (!canHold) return;
    const mayAsk = !terminal.json && needTunnel.length > 0 && canAsk();
    if (!agentRuns) {
      if (!mayAsk) return;
      if (!(await confirmOrNot('keep the tunnel open in the background now?', true))) return;
    }
    const { holdInAgent } = await import('../../setup/agent/control.js');
    const status = await holdInAgent(workspace, [site.id], connectionOptions(args));
    const { tellHeld } = await import('../tunnel-table.js');
    tellHeld(terminal, status, site.id);
    if (agentRuns) return;
    const { offerAutostart } = await import('../offer-autostart.js');
    await offerAutostart(terminal, workspace);
  },
};

/** Closes the tunnel that clients went through before, or says why it is open. */
async function leave(
  terminal: Terminal,
  workspace: Workspace,
  { session: { name }, site }: SetupResult,
): Promise<void> {
  const { leaveTunnel } = await import('../../setup/agent/leave-tunnel.js');
  const { wasClosed, open, inUse } = await leaveTunnel(workspace, site.id);
  if (wasClosed) terminal.say('the tunnel that was open for them in the background is closed');
  if (open === null) return;
  if (!inUse) {
    const { warnOfOpenTunnel } = await import('../tunnel-table.js');
    warnOfOpenTunnel(terminal, name, open);
    return;
  }
  terminal.warn(
    `the tunnel of ${name} stays open in the background, since it is in use; to close it, type: bai-win down ${name}${workspace.options}`,
  );
}

async function isAgentRunning(workspace: Workspace): Promise<boolean> {
  const { agentStatus } = await import('../../setup/agent/control.js');
  return (await agentStatus(workspace)) !== null;
}

/** @throws BaiError where it cannot be the name of anything */
async function nameOption(typed: string | undefined): Promise<string | undefined> {
  if (typed === undefined) return undefined;
  const { checkNameTemplate } = await import('../../setup/shown-name.js');
  return checkNameTemplate(typed);
}

/**
 * The full path of the person's own key.
 *
 * @throws BaiError `identity-not-found`
 */
async function identityOption(typed: string | undefined): Promise<string | undefined> {
  if (typed === undefined) return undefined;
  const path = resolve(typed);
  const { readFileIfExists } = await import('../../platform/read-file.js');
  if ((await readFileIfExists(path)) !== null) return path;
  throw new BaiError(
    'identity-not-found',
    `there is no key file ${path}`,
    "check the name after --identity, or leave it out to take the session's own key",
  );
}

async function clientsFor(list: string | undefined, workspace: Workspace): Promise<Exporter[]> {
  if (list === undefined) {
    const { detectClients } = await import('../../setup/detect-clients.js');
    return detectClients(workspace);
  }
  const { chooseExporters } = await import('../../setup/choose-exporters.js');
  return chooseExporters(list, workspace.machine.platform);
}
