import { parseArgs } from 'node:util';
import { errorForOwner, UsageError } from '../errors.js';
import { ownerOptions } from '../setup/owner-options.js';
import type { ConnectionFlags } from '../setup/sign-in.js';
import { openWorkspace, type Workspace } from '../setup/workspace.js';
import { Terminal } from './terminal.js';

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;

/** The options of every command but --json. */
const OPTIONS = {
  endpoint: text,
  'access-key': text,
  profile: text,
  proxy: text,
  ca: text,
  insecure: flag,
  verbose: flag,
} as const;

/** What the command line said, and what a command begins with. */
interface Plain {
  readonly flags: ConnectionFlags;
  readonly workspace: Workspace;
  /** The words that are no options. */
  readonly positionals: readonly string[];
}

/**
 * Runs a command that starts without yargs, because people wait for it often or because it stays.
 *
 * @param command its name
 * @param words after the name
 * @param takes how many words that are no options, and what to call them
 * @returns exit code: 0 it did its work, 1 it failed, 2 the command line was not understood
 */
export async function runPlain(
  command: string,
  words: readonly string[],
  takes: { readonly count: number; readonly called: string },
  run: (plain: Plain) => Promise<void>,
): Promise<number> {
  const args = [...words];
  const lax = { options: OPTIONS, allowPositionals: true, strict: false, tokens: true } as const;
  const wrong = parseArgs({ args, ...lax }).tokens.map((token) => wrongWith(command, token));
  const found = wrong.find((what) => what !== undefined);
  if (found !== undefined) return misunderstood(command, found);
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  if (positionals.length !== takes.count) {
    return misunderstood(command, `${command} takes ${takes.called}, not ${positionals.length}`);
  }
  const terminal = new Terminal({ json: false, verbose: values.verbose });
  const { endpoint, 'access-key': accessKey, profile } = values;
  const flags = { endpoint, accessKey, profile };
  const options = ownerOptions(flags);
  try {
    const workspace = openWorkspace({
      log: (line) => {
        terminal.detail(line);
      },
      notice: (line) => {
        terminal.warn(line);
      },
      network: { proxy: values.proxy, caFile: values.ca, insecure: values.insecure },
      options,
    });
    await run({ flags, workspace, positionals });
    return 0;
  } catch (error) {
    terminal.fail(errorForOwner(error, options));
    return error instanceof UsageError ? 2 : 1;
  }
}

/** A word of the command line, as `parseArgs` tells it. */
type Token =
  | { readonly kind: 'positional' | 'option-terminator' }
  | {
      readonly kind: 'option';
      readonly name: string;
      readonly rawName: string;
      readonly value: string | undefined;
      readonly inlineValue: boolean | undefined;
    };

/** What is wrong with a word, in the words of the other commands; `undefined` where nothing is. */
function wrongWith(command: string, token: Token): string | undefined {
  if (token.kind !== 'option') return undefined;
  const { name, rawName, value, inlineValue } = token;
  const known = Object.entries(OPTIONS).find(([option]) => option === name)?.[1];
  if (known === undefined) return `bai-win ${command} has no option ${rawName}`;
  if (known.type === 'boolean') {
    return value === undefined ? undefined : `${rawName} takes no value`;
  }
  const isOption = inlineValue === false && value?.startsWith('-');
  return value === undefined || value === '' || isOption
    ? `${rawName} needs a value after it`
    : undefined;
}

function misunderstood(command: string, message: string): number {
  new Terminal({ json: false, verbose: false }).fail(
    Object.assign(new Error(message), { code: 'usage', hint: `see: bai-win ${command} --help` }),
  );
  return 2;
}
