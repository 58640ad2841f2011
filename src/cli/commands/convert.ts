import { resolve } from 'node:path';
import type { CommandModule } from 'yargs';
import type { ConvertOptions, Target } from '../../convert/index.js';
import { UsageError } from '../../errors.js';
import { keepDash, refuseJson, type GlobalArguments } from '../arguments.js';
import { sayDryRun } from '../dry-run.js';
import {
  askNewPassphrase,
  givenPassphrase,
  passphraseQuestion,
  readNewPassphrase,
  withPassphraseOptions,
  type PassphraseArguments,
} from '../passphrases.js';
import { ppkOptions, type PpkArguments } from '../ppk-options.js';
import { readStandardInputBytes } from '../prompt.js';
import { start } from '../start.js';

const TARGETS = ['ppk', 'openssh', 'pem', 'pkcs8', 'public'] as const satisfies readonly Target[];

/** What most people come for. */
const DEFAULT_TARGET: Target = 'ppk';

interface ConvertArguments extends GlobalArguments, PassphraseArguments, PpkArguments {
  file: string;
  output: string | undefined;
  to: Target;
  comment: string | undefined;
  encrypt: boolean | undefined;
  decrypt: boolean | undefined;
  'new-passphrase-file': string | undefined;
  force: boolean;
  'dry-run': boolean;
}

export const convertCommand: CommandModule<GlobalArguments, ConvertArguments> = {
  command: 'convert <file>',
  describe: "convert a private key such as id_container to PuTTY's .ppk, or back",
  builder: (parser) =>
    withPassphraseOptions(
      parser
        .positional('file', {
          type: 'string',
          demandOption: true,
          coerce: keepDash,
          describe: 'the key in any form; - reads standard input',
        })
        .option('output', {
          alias: 'o',
          type: 'string',
          // Else the parser takes a dash after it for no value.
          requiresArg: true,
          describe: 'file to write, - for standard output; by default beside the key',
        })
        .option('to', { choices: TARGETS, default: DEFAULT_TARGET, describe: 'form to write' })
        .option('ppk-version', {
          choices: [2, 3],
          requiresArg: true,
          describe:
            '2 is read by every client (default), 3 guards a passphrase better (default with one)',
        })
        .option('comment', { type: 'string', describe: "instead of the key's own comment" })
        .option('encrypt', {
          type: 'boolean',
          describe: 'protect the output with a new passphrase, asked for twice',
        })
        .option('new-passphrase-file', {
          type: 'string',
          describe: 'protect the output with the first line of a file',
        })
        .option('decrypt', {
          type: 'boolean',
          describe: 'write without the passphrase that the key had',
        })
        .option('argon2-memory', {
          type: 'string',
          requiresArg: true,
          describe: 'KiB, for an encrypted .ppk 3; default 8192',
        })
        .option('argon2-passes', {
          type: 'string',
          requiresArg: true,
          describe: 'the same; default: as many as take 100 ms',
        })
        .option('force', {
          type: 'boolean',
          default: false,
          describe: 'replace the output file even if it holds another key',
        })
        .option('dry-run', { type: 'boolean', default: false, describe: 'write nothing' })
        // Options with a default would always conflict: yargs counts it as given.
        .conflicts('encrypt', ['decrypt', 'new-passphrase-file'])
        .conflicts('decrypt', 'new-passphrase-file')
        .example('$0 convert id_container', 'writes id_container.ppk')
        .example('$0 convert key.ppk --to openssh -o id_rsa', 'for ssh, VS Code and others'),
    ),
  handler: async (args) => {
    const { terminal } = start(args);
    const { convertFile, defaultOutput, readKeyFile } = await import('../../setup/convert-file.js');
    const fromInput = args.file === '-';
    const dryRun = args['dry-run'];
    if (fromInput && args['passphrase-stdin'] === true) {
      throw new UsageError(
        'stdin-twice',
        'standard input cannot hold both the key and its passphrase',
        'give the passphrase with --passphrase-file',
      );
    }
    const target = args.output ?? (fromInput ? '-' : defaultOutput(args.file, args.to));
    if (target === '-') refuseJson(args, 'the key');
    const output = target === '-' ? null : resolve(target);
    const { conversion, fingerprint, changed } = await convertFile({
      name: fromInput ? 'standard input' : args.file,
      bytes: fromInput ? await readStandardInputBytes() : await readKeyFile(args.file),
      input: fromInput ? null : resolve(args.file),
      output,
      passphrase: await givenPassphrase(args),
      convert: await convertOptions(args),
      force: args.force,
      dryRun,
      askPassphrase: fromInput ? undefined : passphraseQuestion(args.file),
    });
    const { publicKey, encrypted, wasEncrypted, secret } = conversion;
    terminal.step('key', `${publicKey.algorithm}, ${fingerprint}`);
    if (secret && args.decrypt === true && !wasEncrypted) {
      terminal.step('', 'it has no passphrase that could be taken off');
    }
    const access = !secret ? '' : encrypted ? ', with a passphrase' : ', readable by you alone';
    if (output === null) terminal.printBytes(conversion.bytes);
    else if (!changed) terminal.step('unchanged', output);
    else if (dryRun) terminal.step('to write', output);
    else terminal.step('written', `${output}${access}`);
    if (dryRun && output !== null) sayDryRun(terminal);
    if (terminal.json) {
      const { algorithm } = publicKey;
      terminal.printJson({ output, algorithm, fingerprint, encrypted, dryRun, changed });
    }
  },
};

async function convertOptions(args: ConvertArguments): Promise<ConvertOptions> {
  const ppk = ppkOptions(args, args.to);
  const newPassphrase =
    args.encrypt === true
      ? await askNewPassphrase()
      : args['new-passphrase-file'] === undefined
        ? args.decrypt === true
          ? null
          : undefined
        : await readNewPassphrase(args['new-passphrase-file']);
  return {
    to: args.to,
    ...ppk,
    ...(newPassphrase === undefined ? {} : { newPassphrase }),
    ...(args.comment === undefined ? {} : { comment: args.comment }),
  };
}
