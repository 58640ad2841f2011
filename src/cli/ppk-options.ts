import { ARGON2_LIMITS, type Argon2Choice, type ConvertOptions } from '../convert/index.js';
import { UsageError } from '../errors.js';

/** Options of `convert` that are about PuTTY's files alone. Texts, so that what was typed can be quoted. */
export interface PpkArguments {
  'ppk-version': number | undefined;
  'argon2-memory': string | undefined;
  'argon2-passes': string | undefined;
}

/**
 * KiB: RFC 9106 (section 3.1) wants 8; with 13 passes or more, as there are by default, the key can still be
 * read again within `ARGON2_LIMITS`.
 */
const MEMORY = { min: 8, max: 96 * 1024, default: 8192 } as const;

/**
 * What the options say about a .ppk file.
 *
 * @throws UsageError `ppk-option-unused`, `argon2-version`, `argon2-out-of-range`
 */
export function ppkOptions(
  args: PpkArguments,
  to: ConvertOptions['to'],
): Pick<ConvertOptions, 'version' | 'argon2'> {
  const names = ['ppk-version', 'argon2-memory', 'argon2-passes'] as const;
  const given = names.find((name) => args[name] !== undefined);
  if (given !== undefined && to !== 'ppk') {
    throw new UsageError(
      'ppk-option-unused',
      `--${given} is about .ppk files, and --to ${to ?? ''} writes none`,
      `leave --${given} out, or write with --to ppk`,
    );
  }
  const version = args['ppk-version'];
  const memory = readNumber('argon2-memory', args, MEMORY);
  const passes = readNumber('argon2-passes', args, {
    min: 1,
    max: Math.floor(ARGON2_LIMITS.work / (memory ?? MEMORY.default)),
  });
  const argon2: Argon2Choice = {
    ...(memory === undefined ? {} : { memory }),
    ...(passes === undefined ? {} : { passes }),
  };
  if (version === 2 && Object.keys(argon2).length > 0) {
    throw new UsageError(
      'argon2-version',
      'a .ppk file of version 2 has no Argon2 to choose memory or passes for',
      'leave --ppk-version 2 out to write version 3, or leave the options of Argon2 out',
    );
  }
  return { argon2, ...(version === undefined ? {} : { version: version === 3 ? 3 : 2 }) };
}

function readNumber(
  name: 'argon2-memory' | 'argon2-passes',
  args: PpkArguments,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  const typed = args[name];
  if (typed === undefined) return undefined;
  const number = /^\d{1,6}$/.test(typed) ? Number(typed) : -1;
  if (number >= min && number <= max) return number;
  throw new UsageError(
    'argon2-out-of-range',
    `--${name} takes a whole number from ${min} to ${max}, not "${typed}"`,
    'leave it out for what PuTTYgen takes: 8192 KiB, and 13 or more passes',
  );
}
