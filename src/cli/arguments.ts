import type { Argv } from 'yargs';
import { UsageError } from '../errors.js';

/** Options that every command understands. */
export interface GlobalArguments {
  json: boolean;
  verbose: boolean;
  endpoint: string | undefined;
  'access-key': string | undefined;
  profile: string | undefined;
  proxy: string | undefined;
  ca: string | undefined;
  insecure: boolean;
}

/** The parser as the commands receive it. */
export type Parser = Argv<GlobalArguments>;

/** Adds the options that every command understands. */
export function withGlobalOptions(parser: Argv): Parser {
  return parser
    .option('json', {
      type: 'boolean',
      default: false,
      global: true,
      describe: 'print one JSON document on stdout',
    })
    .option('verbose', {
      type: 'boolean',
      default: false,
      global: true,
      describe: 'show what happens and how long it takes',
    })
    .option('endpoint', {
      type: 'string',
      global: true,
      describe: 'address of the Backend.AI manager or web console',
    })
    .option('access-key', {
      type: 'string',
      global: true,
      describe: 'access key; the secret key is never taken from the command line',
    })
    .option('profile', {
      type: 'string',
      requiresArg: true,
      global: true,
      describe: 'site and account to use, of those that bai-win profiles lists',
    })
    .option('proxy', {
      type: 'string',
      global: true,
      describe:
        'HTTP proxy to use, e.g. http://proxy.example.com:3128; else HTTPS_PROXY and NO_PROXY',
    })
    .option('ca', {
      type: 'string',
      global: true,
      describe: 'PEM file of a certificate authority to trust as well',
    })
    .option('insecure', {
      type: 'boolean',
      default: false,
      global: true,
      describe: 'accept any certificate this once: whoever is on the way can read everything',
    });
}

/**
 * For what takes standard output for itself, where --json promises one document there.
 *
 * @throws UsageError `json-not-here`
 */
export function refuseJson({ json }: GlobalArguments, what: string): void {
  if (!json) return;
  throw new UsageError(
    'json-not-here',
    `standard output cannot hold both ${what} and the document of --json`,
    'leave --json out',
  );
}

/** What may hold several values: words that are no options, and the sessions of `up` and `down`. */
const SEVERAL = ['_', 'session'];

/**
 * For the parser to check: it makes a list of an option that is given twice, which no command expects.
 *
 * @throws UsageError `option-repeated`
 */
export function refuseRepeated(values: Readonly<Record<string, unknown>>): true {
  const [name] =
    Object.entries(values).find(
      ([key, value]) => Array.isArray(value) && key.length > 1 && !SEVERAL.includes(key),
    ) ?? [];
  if (name === undefined) return true;
  throw new UsageError(
    'option-repeated',
    `--${name} was given more than once, and takes one value`,
    `leave one --${name} in the command line`,
  );
}

/** The positional argument of commands that ask the manager for one session. */
export const SESSION = {
  type: 'string',
  demandOption: true,
  describe: 'name or id of the session, or the beginning of one',
} as const;

/** For positional arguments that may be `-`: yargs 18 hands a lone dash on as an empty text. */
export function keepDash(value: string): string {
  return value === '' ? '-' : value;
}
