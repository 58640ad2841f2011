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

/** For positional arguments that may be `-`: yargs 18 hands a lone dash on as an empty text. */
export function keepDash(value: string): string {
  return value === '' ? '-' : value;
}
