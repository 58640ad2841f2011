import yargs from 'yargs';
import { errorForOwner, UsageError } from '../errors.js';
import { packageRoot } from '../platform/package-root.js';
import { ownerOptions } from '../setup/owner-options.js';
import {
  refuseRepeated,
  withGlobalOptions,
  type GlobalArguments,
  type Parser,
} from './arguments.js';
import { commandOf, registerCommands } from './commands.js';
import { checkOptionValues, type OptionTable } from './option-values.js';
import { connectionFlags } from './start.js';
import { Terminal } from './terminal.js';
import { namesNoCommand, NO_COMMAND, usageFailure } from './usage-failure.js';

/** Exit codes: everything worked, something failed, the command line was not understood. */
const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** Enough for the longest option with its default; bin/bai-win.cts knows it too. */
const HELP_WIDTH = 100;

/** Below it the two columns of a help are too narrow to read. */
const MIN_HELP_WIDTH = 60;

/** The words that ask for help, wherever they stand. */
const HELP_WORDS = ['help', '--help', '-h'];

/** Behind these, `help` is the name of a session; behind others, the parser shows the help. */
const NAMES_SESSIONS = ['setup', 'up', 'down', 'tunnel', 'proxy', 'open', 'show', 'remove'];

/**
 * Runs one command line.
 *
 * @param typed the words after `bai-win`
 * @returns the exit code: 0 done, 1 failed, 2 command line not understood
 */
export async function main(typed: readonly string[]): Promise<number> {
  const argv = await withoutVainHelp(typed);
  let usageError: string | undefined;
  const parser = (await parserFor(argv, terminalWidth())).fail(
    (message: string | null, error: Error | undefined) => {
      // What comes from the parser is a message alone or an error of its own; anything else is the
      // failure of a command.
      if (error !== undefined && error.name !== 'YError') throw error;
      usageError = message ?? 'the command line was not understood';
      throw new Error(usageError);
    },
  );
  const terminal = new Terminal({
    json: isSwitchedOn('json', argv),
    verbose: isSwitchedOn('verbose', argv),
  });
  try {
    await parser.parseAsync();
    return EXIT.ok;
  } catch (error) {
    const options = typedOwner(parser);
    if (usageError === undefined) {
      terminal.fail(errorForOwner(error, options));
      return error instanceof UsageError ? EXIT.usage : EXIT.failed;
    }
    terminal.fail(await usageFailure(usageError, argv, helpOf, options));
    return EXIT.usage;
  }
}

/** The options that say whose sessions are meant, to be typed again; none where one of them is wrong. */
function typedOwner(parser: Parser): string {
  // Its types do not tell of it.
  const { parsed } = parser as unknown as { parsed?: false | { argv: GlobalArguments } };
  if (!parsed) return '';
  const flags = connectionFlags(parsed.argv);
  // Given without a value, or twice.
  const isWrong = (value: unknown): boolean => value === '' || Array.isArray(value);
  return Object.values(flags).some(isWrong) ? '' : ownerOptions(flags);
}

/** A command line as it was typed, but that what is no command has no help either. */
async function withoutVainHelp(argv: readonly string[]): Promise<readonly string[]> {
  const isHelp = (word: string): boolean => HELP_WORDS.includes(word);
  const words = argv.filter((word) => !isHelp(word));
  const isVain = words.length < argv.length && (await namesNoCommand(words, helpOf));
  return isVain ? words : argv;
}

/** Whether a command line that may not be understood asks for something that any failure has to heed. */
function isSwitchedOn(name: string, argv: readonly string[]): boolean {
  return argv.includes(`--${name}`) || argv.includes(`--${name}=true`);
}

/** What `bai-win <command> --help` prints in a wide window; of the program where `path` is empty. */
export async function helpOf(path: readonly string[]): Promise<string> {
  return (await parserFor(path, HELP_WIDTH)).getHelp();
}

/** In columns, as far as help makes use of it; all of that where it goes to a file or a pipe. */
function terminalWidth(): number {
  const { isTTY, columns } = process.stdout;
  // Where the terminal does not know its width it says 0.
  if (!isTTY || columns === 0) return HELP_WIDTH;
  return Math.min(Math.max(columns, MIN_HELP_WIDTH), HELP_WIDTH);
}

/** @param width of what it prints, in columns */
async function parserFor(argv: readonly string[], width: number): Promise<Parser> {
  const parser = withGlobalOptions(
    // The folder is where yargs would look for settings; the one we are in may be gone.
    yargs([...argv], packageRoot())
      .scriptName('bai-win')
      .usage('$0 <command>\n\nFileZilla, PuTTY and ssh for Backend.AI sessions.')
      // All texts are English; looking for others takes time at each start.
      .detectLocale(false)
      // None of our options holds others: --dry-run.x would be taken for --dry-run.
      .parserConfiguration({ 'dot-notation': false }),
  );
  const command = commandOf(argv);
  await registerCommands(parser, command);
  const words = new Set(argv);
  const isNamedHelp = NAMES_SESSIONS.includes(command ?? '') && words.has('help');
  return parser
    .help(!isNamedHelp || words.has('--help') || words.has('-h'))
    .demandCommand(1, NO_COMMAND)
    .strict()
    .check((values, table) => {
      // The parser hands on more than the names of aliases, which is all that its types tell.
      const options = table as unknown as OptionTable;
      checkOptionValues(argv, values._.join(' '), options);
      return refuseRepeated(values);
    })
    .version(false)
    .option('version', { alias: 'V', type: 'boolean', describe: 'show the version' })
    .alias('help', 'h')
    .wrap(width)
    .exitProcess(false);
}
