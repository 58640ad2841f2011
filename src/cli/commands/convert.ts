import type { CommandModule } from 'yargs';
import type { GlobalArguments } from '../arguments.js';
import { start } from '../start.js';

interface ConvertArguments extends GlobalArguments {
  file: string;
  output: string | undefined;
  'ppk-version': number;
  'dry-run': boolean;
  force: boolean;
}

export const convertCommand: CommandModule<GlobalArguments, ConvertArguments> = {
  command: 'convert <file>',
  describe: "convert a private key such as id_container to PuTTY's .ppk",
  builder: (parser) =>
    parser
      .positional('file', { type: 'string', demandOption: true, describe: 'the private key' })
      .option('output', {
        alias: 'o',
        type: 'string',
        describe: 'file to write; by default the name of the key with .ppk',
      })
      .option('ppk-version', {
        choices: [2, 3],
        default: 2,
        describe: '2 is read by every client, 3 only by PuTTY 0.75 and later',
      })
      .option('force', {
        type: 'boolean',
        default: false,
        describe: 'replace the output file even if it holds another key',
      })
      .option('dry-run', { type: 'boolean', default: false, describe: 'say what would be written' })
      .example('$0 convert id_container', 'writes id_container.ppk'),
  handler: async (args) => {
    const { terminal } = start(args);
    const { convertFile } = await import('../../setup/convert-file.js');
    const result = await convertFile({
      input: args.file,
      output: args.output,
      version: args['ppk-version'] === 3 ? 3 : 2,
      force: args.force,
      dryRun: args['dry-run'],
    });
    terminal.step('key', `${result.algorithm}, ${result.fingerprint}`);
    if (!result.changed) terminal.step('unchanged', result.output);
    else if (args['dry-run']) terminal.step('would write', result.output);
    else terminal.step('written', `${result.output}, readable by you alone`);
    if (terminal.json) terminal.printJson(result);
  },
};
