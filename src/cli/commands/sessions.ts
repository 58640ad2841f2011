import type { CommandModule } from 'yargs';
import { clientPlace } from '../../setup/client-place.js';
import type { ListedSession } from '../../setup/site-list.js';
import type { GlobalArguments } from '../arguments.js';
import { start } from '../start.js';
import { table } from '../table.js';

export const sessionsCommand: CommandModule<GlobalArguments, GlobalArguments> = {
  command: 'sessions',
  describe: 'list your sessions; those already set up are marked',
  builder: (parser) => parser.example('$0 sessions', 'your sessions, newest first'),
  handler: async (args) => {
    const { terminal, workspace, signIn } = start(args);
    const { listWithSites } = await import('../../setup/site-list.js');
    const rows = await listWithSites(workspace, await signIn());
    if (terminal.json) {
      terminal.printJson(rows.map(asJson));
      return;
    }
    if (rows.length === 0) {
      terminal.say('you have no sessions; start one in the web console, then run this again');
      return;
    }
    const now = new Date();
    terminal.print(
      table(
        ['', 'NAME', 'ID', 'TYPE', 'STATUS', 'AGE', 'IMAGE'],
        rows.map(({ session, site }) => [
          site === undefined ? '' : '*',
          session.name,
          session.id.slice(0, 8),
          session.type,
          session.status,
          age(session.createdAt, now),
          session.image,
        ]),
      ),
    );
    if (rows.some(({ session }) => session.type === 'system')) {
      terminal.say('SYSTEM sessions, for SFTP uploads, need no tunnel: they are reached directly');
    }
    if (rows.some(({ site }) => site !== undefined)) terminal.say('* is set up on this computer');
    else terminal.say(`to set one up, type: bai-win setup <session>${workspace.options}`);
  },
};

function asJson({ session, site }: ListedSession): unknown {
  const { id, name, type, status, image, createdAt } = session;
  return {
    id,
    name,
    type,
    status,
    image,
    createdAt: createdAt.toISOString(),
    setUp: site !== undefined,
    ...(site === undefined ? {} : { via: site.direct?.via ?? 'tunnel', ...clientPlace(site) }),
  };
}

/** How long ago, in the largest unit that fits: `5d`, `3h`, `12m`, `40s`. */
function age(since: Date, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - since.getTime()) / 1000));
  if (seconds >= 86_400) return `${Math.floor(seconds / 86_400)}d`;
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)}h`;
  if (seconds >= 60) return `${Math.floor(seconds / 60)}m`;
  return `${seconds}s`;
}
