import type { Argv } from 'yargs';

/** Options that every command understands. */
export interface GlobalArguments {
  json: boolean;
  verbose: boolean;
  endpoint: string | undefined;
  'access-key': string | undefined;
}

/** The parser as the commands receive it. */
export type Parser = Argv<GlobalArguments>;
