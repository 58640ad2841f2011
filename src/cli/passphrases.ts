import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { decodeText } from '../decode-text.js';
import { BaiError } from '../errors.js';
import { readInputIfExists } from '../platform/read-file.js';
import type { AskPassphrase } from '../setup/try-passphrases.js';
import { askSecret, canAsk, readStandardInput } from './prompt.js';

/** Where the passphrase of an existing key comes from. Never from the command line itself. */
export interface PassphraseArguments {
  'passphrase-file': string | undefined;
  'passphrase-stdin': boolean | undefined;
}

export function withPassphraseOptions<T>(parser: Argv<T>): Argv<T & PassphraseArguments> {
  return parser
    .option('passphrase-file', {
      type: 'string',
      describe: 'file whose first line is the passphrase of the key',
    })
    .option('passphrase-stdin', {
      type: 'boolean',
      describe: 'read the passphrase of the key from standard input',
    })
    .conflicts('passphrase-file', 'passphrase-stdin');
}

/** The passphrase that the options name; `undefined` where they name none. */
export async function givenPassphrase(args: PassphraseArguments): Promise<string | undefined> {
  if (args['passphrase-stdin'] === true) return readStandardInput();
  return args['passphrase-file'] === undefined
    ? undefined
    : readPassphraseFile(args['passphrase-file']);
}

/**
 * The first line of a file.
 *
 * @throws BaiError `passphrase-file-absent`, and where it cannot be read
 */
async function readPassphraseFile(typed: string): Promise<string> {
  const path = resolve(typed);
  const bytes = await readInputIfExists(path);
  if (bytes === null) {
    throw new BaiError(
      'passphrase-file-absent',
      `there is no passphrase file ${path}`,
      'check the name after --passphrase-file or --new-passphrase-file',
    );
  }
  return decodeText(bytes).split(/\r?\n/, 1)[0] ?? '';
}

/**
 * A new passphrase from the first line of a file.
 *
 * @throws BaiError `passphrase-file-absent`, `passphrase-empty`, and where it cannot be read
 */
export async function readNewPassphrase(path: string): Promise<string> {
  return refuseEmpty(await readPassphraseFile(path));
}

/** Without a passphrase a key would be written unprotected, where protection was asked for. */
function refuseEmpty(passphrase: string): string {
  if (passphrase !== '') return passphrase;
  throw new BaiError(
    'passphrase-empty',
    'the new passphrase is empty',
    'leave --encrypt or --new-passphrase-file out to write the key without one',
  );
}

/** How to ask for the passphrase of a key, or `undefined` where there is nobody to ask. */
export function passphraseQuestion(name: string): AskPassphrase | undefined {
  if (!canAsk()) return undefined;
  return (again) => askSecret(again ? 'that was not it; passphrase: ' : `passphrase of ${name}: `);
}

/**
 * Asks twice for a new passphrase.
 *
 * @throws BaiError `passphrase-cannot-ask`, `passphrase-differs`, `passphrase-empty`
 */
export async function askNewPassphrase(): Promise<string> {
  if (!canAsk()) {
    throw new BaiError(
      'passphrase-cannot-ask',
      'there is no terminal to ask for a new passphrase on',
      'put it into a file of your own and give --new-passphrase-file FILE',
    );
  }
  const passphrase = refuseEmpty(await askSecret('new passphrase (not shown): '));
  if ((await askSecret('the same again: ')) !== passphrase) {
    throw new BaiError(
      'passphrase-differs',
      'the two new passphrases differ',
      'nothing was written; run the command again',
    );
  }
  return passphrase;
}
