import yargs from 'yargs';
import { withGlobalOptions, type Parser } from './arguments.js';
import { commandOf, registerCommands } from './commands.js';
import { Terminal } from './terminal.js';

/** Exit codes: everything worked, something failed, the command line was not understood. */
const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** Enough for the longest option with its default, and still readable in a 100-column window. */
const HELP_WIDTH = 100;

/**
 * Runs one command line.
 *
 * @param argv the words after `bai-win`
 * @returns the exit code: 0 done, 1 failed, 2 command line not understood
 */
export async function main(argv: readonly string[]): Promise<number> {
  let usageError: string | undefined;
  // A reader that has seen enough, as `head` does, ends this quietly.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  const parser = (await parserFor(argv)).fail(
    (message: string | null, error: Error | undefined) => {
      // A message comes from the parser; anything else is the failure of a command.
      if (error !== undefined) throw error;
      usageError = message ?? 'the command line was not understood';
      throw new Error(usageError);
    },
  );
  const terminal = new Terminal({
    json: argv.includes('--json'),
    verbose: argv.includes('--verbose'),
  });
  try {
    await parser.parseAsync();
    return EXIT.ok;
  } catch (error) {
    if (usageError === undefined) {
      terminal.fail(error);
      return EXIT.failed;
    }
    terminal.fail(usageFailure(usageError, argv, commandOf(argv)));
    return EXIT.usage;
  }
}

/** What `bai-win --help` prints, or `bai-win <command> --help`. */
export async function helpOf(command: string | undefined): Promise<string> {
  return (await parserFor(command === undefined ? [] : [command])).getHelp();
}

async function parserFor(argv: readonly string[]): Promise<Parser> {
  const parser = withGlobalOptions(
    yargs([...argv])
      .scriptName('bai-win')
      .usage('$0 <command>\n\nFileZilla, PuTTY and ssh for Backend.AI sessions.')
      // All texts are English; looking for others takes time at each start.
      .detectLocale(false),
  );
  await registerCommands(parser, commandOf(argv));
  return parser
    .demandCommand(1, 'no command given')
    .recommendCommands()
    .strict()
    .version(false)
    .option('version', { alias: 'V', type: 'boolean', describe: 'show the version' })
    .alias('help', 'h')
    .wrap(HELP_WIDTH)
    .exitProcess(false);
}

/** What yargs says about a command line, in our words and on one line. */
function usageFailure(text: string, argv: readonly string[], command: string | undefined): Error {
  const suggestion = /^Did you mean (.+)\?$/.exec(text)?.[1];
  const known = command === undefined ? 'bai-win' : `bai-win ${command}`;
  let message = text.charAt(0).toLowerCase() + text.slice(1).replace(/\s*\n\s*/g, ' ');
  if (suggestion !== undefined) message = `there is no command ${argv.join(' ')}`;
  if (text.startsWith('Not enough non-option')) message = `something is missing after ${known}`;
  const hint =
    suggestion === undefined ? `see: ${known} --help` : `did you mean: bai-win ${suggestion}`;
  return Object.assign(new Error(message), { code: 'usage', hint });
}
