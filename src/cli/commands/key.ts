import type { CommandModule } from 'yargs';
import { keepDash, type GlobalArguments } from '../arguments.js';
import {
  givenPassphrase,
  withPassphraseOptions,
  type PassphraseArguments,
} from '../passphrases.js';
import { readStandardInputBytes } from '../prompt.js';
import { start } from '../start.js';
import { keyRotateCommand, keyUploadCommand } from './key-pair.js';

interface KeyShowArguments extends GlobalArguments, PassphraseArguments {
  file: string;
}

const keyShowCommand: CommandModule<GlobalArguments, KeyShowArguments> = {
  command: 'show <file>',
  describe: 'type, size, comment, form and fingerprints of a key file',
  builder: (parser) =>
    withPassphraseOptions(
      parser
        .positional('file', {
          type: 'string',
          demandOption: true,
          coerce: keepDash,
          describe: 'a private or public key in any form; - reads standard input',
        })
        .example('$0 key show id_container.ppk', 'also without the passphrase'),
    ),
  handler: async (args) => {
    const { terminal } = start(args);
    const [{ describeKey }, { readKeyFile }, { namingKey }] = await Promise.all([
      import('../../convert/index.js'),
      import('../../setup/convert-file.js'),
      import('../../setup/naming-key.js'),
    ]);
    const fromInput = args.file === '-';
    const bytes = fromInput ? await readStandardInputBytes() : await readKeyFile(args.file);
    const passphrase = await givenPassphrase(args);
    const key = await namingKey(
      fromInput ? 'standard input' : args.file,
      describeKey(bytes, passphrase === undefined ? {} : { passphrase }),
    );
    if (terminal.json) {
      terminal.printJson(key);
      return;
    }
    const bits = key.bits === null ? '' : ` ${key.bits}`;
    const rows: [string, string | null][] = [
      ['form', key.format],
      ['type', key.type === null ? null : `${key.type}${bits} (${key.algorithm ?? ''})`],
      ['comment', key.comment ?? (key.encrypted ? null : 'none')],
      ['passphrase', key.encrypted ? `yes, ${key.encryption ?? ''}` : 'none'],
      ['sha256', key.sha256],
      ['md5', key.md5],
    ];
    for (const [label, value] of rows) {
      const hidden = 'not to be seen without the passphrase';
      terminal.printLine(`${label.padEnd(10)}  ${value ?? hidden}`);
    }
  },
};

export const keyCommand: CommandModule<GlobalArguments, GlobalArguments> = {
  command: 'key <command>',
  describe: 'look at key files, and replace the key pair that is stored at Backend.AI',
  builder: (parser) =>
    parser
      .command(keyShowCommand)
      .command(keyRotateCommand)
      .command(keyUploadCommand)
      .example('$0 key show id_container', 'type, form and fingerprints of a key file')
      .example('$0 key rotate', 'a new key pair for your account')
      .example('$0 key upload mykey.ppk', 'your own for your account')
      .demandCommand(1, 'no key command given'),
  handler: () => undefined,
};
