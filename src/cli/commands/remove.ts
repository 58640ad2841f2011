import type { CommandModule } from 'yargs';
import { UsageError } from '../../errors.js';
import type { GlobalArguments } from '../arguments.js';
import { connectionFlags, start } from '../start.js';

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
        describe: 'whole name or id of a session that is set up here; it need not exist any more',
      })
      .option('all', {
        type: 'boolean',
        default: false,
        describe:
          'every session that is set up on this computer; with --profile, those of that one',
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
      throw new UsageError(
        'remove-what',
        'remove takes a session, or --all, or --stale: one of the three',
        (options) =>
          `see what is set up: bai-win show${options}; then type: bai-win remove <session>${options}`,
      );
    }
    const [
      { removeSites, staleSites },
      { sitesOf },
      { findSiteToRemove, siteOwner },
      { reportRemoval },
      { reportRecovery },
    ] = await Promise.all([
      import('../../setup/remove-sites.js'),
      import('../../setup/find-site.js'),
      import('../../setup/site-owner.js'),
      import('../remove-report.js'),
      import('../recovery-report.js'),
    ]);
    const flags = connectionFlags(args);
    const owner = await siteOwner(workspace, flags);
    const result = await removeSites(
      workspace,
      async (state) => {
        if (session !== undefined) {
          return [await findSiteToRemove(workspace, state, session, flags)];
        }
        return stale ? staleSites(state, await signIn()) : sitesOf(state, owner);
      },
      args['dry-run'],
      (recovery) => {
        reportRecovery(terminal, recovery);
      },
    );
    reportRemoval(terminal, result, args['dry-run']);
    if (args['dry-run'] || terminal.json || result.sites.length === 0) return;
    const { mentionIdleAutostart } = await import('../offer-autostart.js');
    await mentionIdleAutostart(terminal, workspace);
  },
};
