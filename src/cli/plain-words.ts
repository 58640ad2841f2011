import { parseArgs } from 'node:util';
import { UsageError } from '../errors.js';
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
  let parsed;
  try {
    parsed = parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    return misunderstood(command, error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  const [empty] = Object.entries(values).find(([, value]) => value === '') ?? [];
  if (empty !== undefined) return misunderstood(command, `--${empty} needs a value after it`);
  if (positionals.length !== takes.count) {
    return misunderstood(command, `${command} takes ${takes.called}, not ${positionals.length}`);
  }
  const terminal = new Terminal({ json: false, verbose: values.verbose });
  const { endpoint, 'access-key': accessKey, profile } = values;
  const flags = { endpoint, accessKey, profile };
  try {
    const workspace = openWorkspace({
      log: (line) => {
        terminal.detail(line);
      },
      notice: (line) => {
        terminal.warn(line);
      },
      network: { proxy: values.proxy, caFile: values.ca, insecure: values.insecure },
      options: ownerOptions(flags),
    });
    await run({ flags, workspace, positionals });
    return 0;
  } catch (error) {
    terminal.fail(error);
    return error instanceof UsageError ? 2 : 1;
  }
}

function misunderstood(command: string, found: string): number {
  const message = found.charAt(0).toLowerCase() + found.slice(1).replace(/\.$/u, '');
  new Terminal({ json: false, verbose: false }).fail(
    Object.assign(new Error(message), { code: 'usage', hint: `see: bai-win ${command} --help` }),
  );
  return 2;
}
