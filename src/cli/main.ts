import yargs from 'yargs';
import { agentCommand } from './commands/agent.js';
import { convertCommand } from './commands/convert.js';
import { demoCommand } from './commands/demo.js';
import { downCommand } from './commands/down.js';
import { keyCommand } from './commands/key.js';
import { loginCommand } from './commands/login.js';
import { logsCommand } from './commands/logs.js';
import { logoutCommand } from './commands/logout.js';
import { profilesCommand } from './commands/profiles.js';
import { openCommand } from './commands/open.js';
import { proxyCommand } from './commands/proxy.js';
import { removeCommand } from './commands/remove.js';
import { sessionsCommand } from './commands/sessions.js';
import { setupCommand } from './commands/setup.js';
import { showCommand } from './commands/show.js';
import { statusCommand } from './commands/status.js';
import { tunnelCommand } from './commands/tunnel.js';
import { undoCommand } from './commands/undo.js';
import { upCommand } from './commands/up.js';
import { Terminal } from './terminal.js';

/** Exit codes: everything worked, something failed, the command line was not understood. */
const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

const COMMANDS = [
  setupCommand,
  upCommand,
  downCommand,
  statusCommand,
  logsCommand,
  tunnelCommand,
  proxyCommand,
  sessionsCommand,
  openCommand,
  showCommand,
  removeCommand,
  undoCommand,
  loginCommand,
  logoutCommand,
  profilesCommand,
  convertCommand,
  keyCommand,
  demoCommand,
  agentCommand,
];

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
  const parser = yargs([...argv])
    .scriptName('bai-win')
    .usage('$0 <command>\n\nFileZilla, PuTTY and ssh for Backend.AI sessions.')
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
      describe: 'address of the Backend.AI manager',
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
      describe: 'site and account to use, of those that `bai-win profiles` lists',
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
    })
    .command(setupCommand)
    .command(upCommand)
    .command(downCommand)
    .command(statusCommand)
    .command(logsCommand)
    .command(tunnelCommand)
    .command(proxyCommand)
    .command(agentCommand)
    .command(sessionsCommand)
    .command(openCommand)
    .command(showCommand)
    .command(removeCommand)
    .command(undoCommand)
    .command(loginCommand)
    .command(logoutCommand)
    .command(profilesCommand)
    .command(convertCommand)
    .command(keyCommand)
    .command(demoCommand)
    .demandCommand(1, 'no command given')
    .recommendCommands()
    .strict()
    .version(false)
    .option('version', { alias: 'V', type: 'boolean', describe: 'show the version' })
    .alias('help', 'h')
    .wrap(HELP_WIDTH)
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      // A message comes from the parser; anything else is the failure of a command.
      if (error !== undefined) throw error;
      usageError = message ?? 'the command line was not understood';
      throw new Error(usageError);
    });
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
    terminal.fail(
      Object.assign(new Error(firstLower(usageError)), {
        code: 'usage',
        hint: `see: bai-win ${commandWord(argv)}--help`,
      }),
    );
    return EXIT.usage;
  }
}

function firstLower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** The command of a command line with a blank after it, or nothing where it names none of ours. */
function commandWord(argv: readonly string[]): string {
  const names = COMMANDS.map(({ command }) => String(command).split(' ', 1)[0] ?? '');
  const word = argv.find((argument) => names.includes(argument));
  return word === undefined ? '' : `${word} `;
}
