import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  convertKey,
  fingerprint,
  holdsSameKey,
  suggestedName,
  type Conversion,
  type ConvertOptions,
} from '../convert/index.js';
import { BaiError, UsageError } from '../errors.js';
import { writeFileAtomic } from '../platform/atomic-write.js';
import { readFileIfExists, readInputIfExists } from '../platform/read-file.js';
import { namingKey } from './naming-key.js';
import { tryPassphrases, type AskPassphrase } from './try-passphrases.js';

interface ConvertFileOptions {
  /** What failures call the key, e.g. its file. */
  readonly name: string;
  /** Bytes of the key, from wherever they came. */
  readonly bytes: Buffer;
  /** The file that they came from; `null` for standard input. */
  readonly input: string | null;
  /** Absolute path of the output; `null` for standard output. */
  readonly output: string | null;
  readonly convert: Omit<ConvertOptions, 'passphrase'>;
  /** Of the input; `undefined` where none was given. */
  readonly passphrase: string | undefined;
  /** Replace an output file that holds another key. */
  readonly force: boolean;
  readonly dryRun: boolean;
  /** Asks for the passphrase of the input; `undefined` where there is nobody to ask. */
  readonly askPassphrase: AskPassphrase | undefined;
}

interface ConvertFileResult {
  readonly conversion: Conversion;
  /** `SHA256:…` */
  readonly fingerprint: string;
  /** Whether the output file differs from what it was; `true` for standard output. */
  readonly changed: boolean;
}

/** @throws BaiError `key-file-absent` */
export async function readKeyFile(path: string): Promise<Buffer> {
  const bytes = await readInputIfExists(resolve(path));
  if (bytes === null) {
    throw new BaiError(
      'key-file-absent',
      `there is no file ${resolve(path)}`,
      'check the name and the folder; the key of a session is downloaded by: bai-win setup <session>',
    );
  }
  return bytes;
}

/** Where the converted key goes unless the person says so: beside the input. */
export function defaultOutput(input: string, to: ConvertOptions['to']): string {
  return join(dirname(resolve(input)), suggestedName(basename(input), to ?? 'ppk'));
}

/**
 * Converts a key and writes it; a file with a private key is private from birth.
 *
 * @throws BaiError `output-is-input`, `output-is-special`, `output-exists`, UsageError `argon2-unused`, and with the codes of
 *   KeyError where the key cannot be read or written
 */
export async function convertFile(options: ConvertFileOptions): Promise<ConvertFileResult> {
  const { name, bytes, output, convert, askPassphrase } = options;
  const converting = tryPassphrases(options.passphrase, askPassphrase, (passphrase) =>
    convertKey(bytes, passphrase === undefined ? convert : { ...convert, passphrase }),
  );
  const conversion = await namingKey(name, converting);
  if (!conversion.encrypted && Object.keys(convert.argon2 ?? {}).length > 0) {
    throw new UsageError(
      'argon2-unused',
      'the options of Argon2 guard a passphrase, and the key would be written without one',
      'leave them out, or give it a passphrase with --encrypt',
    );
  }
  const result = { conversion, fingerprint: fingerprint(conversion.publicKey.blob) };
  if (output === null) return { ...result, changed: true };
  const existing = await readFileIfExists(output).catch(refuseSpecial);
  if (existing?.equals(conversion.bytes) === true) return { ...result, changed: false };
  const isInput = await isSameFile(options.input, output);
  // There may be no other copy of the private key.
  if (isInput && (!conversion.secret || !options.force)) {
    throw new BaiError(
      'output-is-input',
      `${output} is the key itself`,
      'choose another name with -o; the key is left as it is',
    );
  }
  if (existing !== null && !options.force) {
    // The same key in another file can still be lost: its passphrase, its form, its comment.
    const held = (await holdsSameKey(existing, conversion.publicKey))
      ? 'holds this key with another passphrase, form or comment'
      : 'holds something else';
    throw new BaiError(
      'output-exists',
      `${output} exists and ${held}`,
      'choose another name with -o, or replace it with --force',
    );
  }
  if (!options.dryRun) {
    await writeFileAtomic(output, conversion.bytes, { private: conversion.secret });
  }
  return { ...result, changed: true };
}

/** Whoever names a device or a pipe as output mostly means standard output. */
function refuseSpecial(cause: unknown): never {
  if (!(cause instanceof BaiError) || cause.code !== 'file-is-special') throw cause;
  throw new BaiError(
    'output-is-special',
    `nothing is written to what is no file: ${cause.message}`,
    'for standard output give -o -, else the name of a file',
    { cause },
  );
}

/** Whether two paths lead to one file, by links or other ways to write them too. */
async function isSameFile(one: string | null, other: string): Promise<boolean> {
  if (one === null) return false;
  const [a, b] = await Promise.all(
    // As bigint: file numbers of Windows do not fit a number.
    [one, other].map((path) => stat(path, { bigint: true }).catch(() => null)),
  );
  return a != null && b != null && a.dev === b.dev && a.ino === b.ino;
}
