import type { CommandModule } from 'yargs';
import { describeChange } from '../../changes/describe.js';
import { hasLogOn, type AutostartSetting } from '../../exporters/autostart/autostart.js';
import type { Workspace } from '../../setup/workspace.js';
import type { GlobalArguments } from '../arguments.js';
import { sayDryRun } from '../dry-run.js';
import { showPlan } from '../changes-report.js';
import { reportRecovery } from '../recovery-report.js';
import { start } from '../start.js';
import type { Terminal } from '../terminal.js';

interface AutostartArguments extends GlobalArguments {
  switch: 'on' | 'off' | undefined;
  'dry-run': boolean;
}

const SETTINGS: Readonly<Record<AutostartSetting, (place: string) => string>> = {
  on: (place) =>
    `the tunnels open whenever you log on: ${place}; to end that, type: bai-win autostart off`,
  off: () =>
    'nothing starts when you log on; to have the tunnels opened then, type: bai-win autostart on',
  disabled: (place) =>
    `nothing starts when you log on: ${place} is there, but switched off in the settings of this computer; to have the tunnels opened then, type: bai-win autostart on`,
};

export const autostartCommand: CommandModule<GlobalArguments, AutostartArguments> = {
  command: 'autostart [switch]',
  describe: 'open the tunnels whenever you log on to this computer, as bai-win up does',
  builder: (parser) =>
    parser
      .positional('switch', {
        choices: ['on', 'off'] as const,
        describe: 'without it, bai-win says which it is',
      })
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'show what would be written, write nothing',
      })
      .example('$0 autostart on', 'clients can connect after a restart, with nothing to type')
      .example('$0 autostart off', 'after a restart nothing runs until bai-win up'),
  handler: async (args) => {
    const { terminal, workspace } = start(args);
    const { autostartState, switchAutostart } = await import('../../setup/autostart.js');
    const dryRun = args['dry-run'];
    if (args.switch === undefined) {
      const { setting, isOther, place } = await autostartState(workspace);
      if (terminal.json) {
        terminal.printJson({ on: setting === 'on', disabled: setting === 'disabled', place });
      }
      terminal.say(SETTINGS[setting](place));
      if (isOther) (await import('../offer-autostart.js')).sayOtherStarts(terminal);
      return;
    }
    const on = args.switch === 'on';
    const { place, changes, recovery } = await switchAutostart(workspace, on, dryRun);
    reportRecovery(terminal, recovery);
    if (terminal.json) {
      terminal.printJson({ on, place, dryRun, changes: changes.map(describeChange) });
    }
    if (dryRun) showPlan(terminal, changes);
    else if (changes.length === 0) terminal.say(`it was ${args.switch} already`);
    else terminal.step(on ? 'written' : 'removed', place);
    if (on) warnOfSurroundings(terminal, workspace);
    if (dryRun) sayDryRun(terminal);
  },
};

/** What is started at log-on has the environment of the account, not that of this window. */
function warnOfSurroundings(terminal: Terminal, { machine }: Workspace): void {
  if (!hasLogOn(machine)) {
    terminal.warn('no desktop runs here, and it is a desktop that starts this when you log on');
  }
  if (machine.env['BAI_WIN_HOME']) {
    terminal.warn(
      'BAI_WIN_HOME is set in this window; what starts at log-on knows it only where it is set for your whole account',
    );
  }
}
