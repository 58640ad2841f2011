import type { CommandModule } from 'yargs';
import { withLocalTimes } from '../../local-time.js';
import { refuseJson, type GlobalArguments } from '../arguments.js';
import { opensTunnels } from '../opens-tunnels.js';
import { start } from '../start.js';

interface LogsArguments extends GlobalArguments {
  follow: boolean;
}

export const logsCommand: CommandModule<GlobalArguments, LogsArguments> = {
  command: 'logs',
  describe: 'print what the tunnels in the background have met',
  builder: (parser) =>
    parser
      .option('follow', {
        alias: 'f',
        type: 'boolean',
        default: false,
        describe: 'go on with what comes, until Ctrl-C',
      })
      .example('$0 logs', 'the last lines hold the last failure')
      .example('$0 logs -f', 'watch while FileZilla connects'),
  handler: async (args) => {
    if (args.follow) refuseJson(args, 'what -f follows');
    const { terminal, workspace } = start(args);
    const { followLog, readLog } = await import('../../setup/agent/logs.js');
    if (args.follow) {
      await followLog(workspace, (text) => {
        terminal.print(withLocalTimes(text));
      });
      return;
    }
    const text = await readLog(workspace);
    if (terminal.json) {
      terminal.printJson({ lines: text.split('\n').filter((line) => line !== '') });
      return;
    }
    terminal.print(withLocalTimes(text));
    if (text === '') {
      const { readState } = await import('../../setup/site-list.js');
      const opens = opensTunnels(await readState(workspace), workspace.options);
      const next = opens === null ? '' : `; for tunnels in the background, type: ${opens}`;
      terminal.say(`nothing has been logged${next}`);
    }
  },
};
