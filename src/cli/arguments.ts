import type { Argv } from 'yargs';

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
