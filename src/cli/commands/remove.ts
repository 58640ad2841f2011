import type { CommandModule } from 'yargs';
import { describeChange } from '../../changes/describe.js';
import { BaiError } from '../../errors.js';
import type { RemoveResult } from '../../setup/remove-sites.js';
import type { GlobalArguments } from '../arguments.js';
import { showPlan, whatIsWritten } from '../changes-report.js';
import { reportRecovery } from '../recovery-report.js';
import { start } from '../start.js';
import type { Terminal } from '../terminal.js';

interface RemoveArguments extends GlobalArguments {
  session: string | undefined;
  all: boolean;
  stale: boolean;
  'dry-run': boolean;
}

export const removeCommand: CommandModule<GlobalArguments, RemoveArguments> = {
  command: 'remove [session]',
  describe: 'take a session out of your clients again: entries, host keys, key files',
  builder: (parser) =>
    parser
      .positional('session', {
        type: 'string',
        describe: 'name or id of a session that is set up here; it need not exist any more',
      })
      .option('all', {
        type: 'boolean',
        default: false,
        describe: 'every session that is set up on this computer',
      })
      .option('stale', {
        type: 'boolean',
        default: false,
        describe: 'those whose session is gone; asks the manager',
      })
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'show what would be written, write nothing',
      })
      .example('$0 remove demo', 'session demo; works without a network')
      .example('$0 remove --stale --dry-run', 'what could be tidied up'),
  handler: async (args) => {
    const { terminal, workspace, signIn } = start(args);
    const { session, all, stale } = args;
    if ([session !== undefined, all, stale].filter(Boolean).length !== 1) {
      throw new BaiError(
        'remove-what',
        'remove takes a session, or --all, or --stale: one of the three',
        'see what is set up: bai-win show; then type: bai-win remove <session>',
      );
    }
    const [{ removeSites, staleSites }, { findSite, knownSites }] = await Promise.all([
      import('../../setup/remove-sites.js'),
      import('../../setup/find-site.js'),
    ]);
    const owner = { endpoint: args.endpoint, accessKey: args['access-key'] };
    const result = await removeSites(
      workspace,
      async (state) => {
        if (session !== undefined) return [findSite(state, session, owner)];
        return stale ? staleSites(state, await signIn()) : knownSites(state);
      },
      args['dry-run'],
    );
    reportRecovery(terminal, result.recovery);
    if (terminal.json) printJson(terminal, result, args['dry-run']);
    report(terminal, result, args['dry-run']);
  },
};

function report(terminal: Terminal, result: RemoveResult, dryRun: boolean): void {
  const { sites, changes, openTunnels } = result;
  for (const { record } of sites) {
    terminal.step('session', `${record.sessionName}, ${record.endpoint}, ${record.accessKey}`);
  }
  if (sites.length === 0) {
    terminal.say('nothing to remove');
    return;
  }
  if (dryRun) {
    showPlan(terminal, changes);
    terminal.say('this was a dry run: nothing was written');
    return;
  }
  for (const [index, line] of whatIsWritten(changes).entries()) {
    terminal.step(index === 0 ? 'removed' : '', line);
  }
  for (const { id, record } of sites) {
    const tunnel = openTunnels.get(id);
    if (tunnel === undefined) continue;
    terminal.warn(
      `the tunnel of ${record.sessionName} is still open: process ${tunnel.pid} holds 127.0.0.1:${tunnel.port}`,
    );
  }
  terminal.say('to have it back as it was, type: bai-win undo');
}

function printJson(terminal: Terminal, { sites, changes }: RemoveResult, dryRun: boolean): void {
  terminal.printJson({
    sites: sites.map(({ id, record: { sessionName, endpoint, accessKey } }) => ({
      id,
      sessionName,
      endpoint,
      accessKey,
    })),
    dryRun,
    changed: changes.length > 0,
    changes: changes.map(describeChange),
  });
}
