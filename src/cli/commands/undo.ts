import type { CommandModule } from 'yargs';
import type { AppliedPlan } from '../../changes/undo.js';
import { localTime } from '../../local-time.js';
import { namesApart } from '../../names-apart.js';
import type { GlobalArguments } from '../arguments.js';
import { sayDryRun } from '../dry-run.js';
import { reportRecovery } from '../recovery-report.js';
import { start } from '../start.js';
import type { Terminal } from '../terminal.js';
import { tellMoves } from '../tunnel-table.js';

interface UndoArguments extends GlobalArguments {
  list: boolean;
  'dry-run': boolean;
}

export const undoCommand: CommandModule<GlobalArguments, UndoArguments> = {
  command: 'undo',
  describe: 'take back what the last run wrote, if nothing has touched it since',
  builder: (parser) =>
    parser
      .option('list', {
        type: 'boolean',
        default: false,
        describe: 'show the runs that can be taken back, the last one first',
      })
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'show what would be taken back, write nothing',
      })
      .example('$0 undo', 'files and settings are as they were before the last run')
      .example('$0 undo --list', 'what the last five runs wrote')
      .epilogue('with --json: closedTunnels holds what is to be opened again with bai-win up'),
  handler: async (args) => {
    const { terminal, workspace } = start(args);
    if (args.list) {
      const { listApplied } = await import('../../changes/undo.js');
      list(terminal, await listApplied(workspace));
      return;
    }
    const { undo } = await import('../../setup/undo.js');
    const dryRun = args['dry-run'];
    const { recovery, plan, restored, agent, ended, closed } = await undo(workspace, dryRun);
    reportRecovery(terminal, recovery);
    if (agent !== null) tellMoves(terminal, agent);
    if (terminal.json) {
      const leftAlone = recovery?.leftAlone ?? [];
      const number = plan?.number ?? null;
      terminal.printJson({ dryRun, number, restored, leftAlone, closedTunnels: closed });
      return;
    }
    // Where an interrupted run was all there was, somebody else may have changed all of it.
    if (restored.length === 0) return;
    const titles = new Map(plan?.changes.map(({ subject, title }) => [subject, title]));
    for (const [index, line] of oneLineATitle(restored, titles).entries()) {
      terminal.step(index === 0 ? (dryRun ? 'to undo' : 'undone') : '', line);
    }
    const called = namesApart(ended);
    for (const { id, session } of ended) terminal.step('closed', called.get(id) ?? session);
    if (dryRun) sayDryRun(terminal);
    else {
      terminal.say(
        'these are as they were before; what else can be taken back: bai-win undo --list',
      );
    }
    if (closed.length > 0) {
      terminal.say(
        `what is set up again works while the tunnel is open: bai-win up ${closed.join(' ')}`,
      );
    }
  },
};

function list(terminal: Terminal, plans: readonly AppliedPlan[]): void {
  if (terminal.json) {
    terminal.printJson(plans);
    return;
  }
  if (plans.length === 0) terminal.say('nothing to undo');
  for (const { number, when, changes } of plans) {
    terminal.printLine(`${number}  ${localTime(when)}`);
    const titles = new Map(changes.map(({ subject, title }) => [subject, title]));
    const subjects = changes.map(({ subject }) => subject);
    for (const line of oneLineATitle(subjects, titles)) terminal.printLine(`   ${line}`);
  }
}

/** The many registry values of one entry are one line: its first value, and how many more. */
function oneLineATitle(subjects: readonly string[], titles: ReadonlyMap<string, string>): string[] {
  const groups = new Map<string, string[]>();
  for (const subject of subjects) {
    const title = titles.get(subject) ?? '';
    groups.set(title, [...(groups.get(title) ?? []), subject]);
  }
  return [...groups].map(([title, [first = '', ...others]]) => {
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    return `${title === '' ? '' : `${title}: `}${first}${more}`;
  });
}
