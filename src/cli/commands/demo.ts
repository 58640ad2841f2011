import type { CommandModule } from 'yargs';
import { BaiError } from '../../errors.js';
import type { GlobalArguments } from '../arguments.js';
import { Terminal } from '../terminal.js';

interface DemoArguments extends GlobalArguments {
  port: number;
  release: string | undefined;
}

export const demoCommand: CommandModule<GlobalArguments, DemoArguments> = {
  command: 'demo',
  describe: 'run a small Backend.AI on this computer to try everything without an account',
  builder: (parser) =>
    parser
      .option('port', {
        type: 'number',
        default: 0,
        describe: 'port of the manager; 0 takes a free one',
      })
      .option('release', { type: 'string', describe: 'manager release to answer as, e.g. 24.03' })
      .example('$0 demo', 'prints the BACKEND_* lines to paste into another console'),
  handler: async (args) => {
    const terminal = new Terminal(args);
    const { releaseNames, startDemo } = await import('../../demo/index.js');
    const release = releaseNames.find((name) => name === args.release);
    if (args.release !== undefined && release === undefined) {
      throw new BaiError(
        'demo-release-unknown',
        `the demo cannot answer as release ${args.release}`,
        `--release takes: ${releaseNames.join(', ')}`,
      );
    }
    const demo = await startDemo({
      port: args.port,
      ...(release === undefined ? {} : { release }),
    });
    const names = Object.entries(demo.env);
    if (terminal.json) {
      terminal.printJson({ env: demo.env, sessions: demo.sessions.map(({ name }) => name) });
    } else {
      terminal.say('a small Backend.AI runs on this computer. In another console, paste:');
      terminal.say();
      const assignment = process.platform === 'win32' ? '$env:' : 'export ';
      for (const [name, value] of names) terminal.print(`${assignment}${name}="${value}"\n`);
      terminal.say();
      terminal.say('then type: bai-win sessions, or: bai-win setup demo');
      terminal.say('Ctrl-C ends it and throws its files away');
    }
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
        process.once(signal, () => {
          resolve();
        });
    });
    await demo.close();
  },
};
