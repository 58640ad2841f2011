import type { Parser } from './arguments.js';

/** Adds a command to the parser. */
type Register = (parser: Parser) => Promise<unknown>;

/**
 * Every command, in the order in which `--help` lists them. Each is loaded only where it is the one to
 * run: loading them all takes longer than most of them take to run.
 */
const COMMANDS: Readonly<Record<string, Register>> = {
  setup: async (parser) => parser.command((await import('./commands/setup.js')).setupCommand),
  up: async (parser) => parser.command((await import('./commands/up.js')).upCommand),
  down: async (parser) => parser.command((await import('./commands/down.js')).downCommand),
  status: async (parser) => parser.command((await import('./commands/status.js')).statusCommand),
  autostart: async (parser) =>
    parser.command((await import('./commands/autostart.js')).autostartCommand),
  logs: async (parser) => parser.command((await import('./commands/logs.js')).logsCommand),
  tunnel: async (parser) => parser.command((await import('./commands/tunnel.js')).tunnelCommand),
  proxy: async (parser) => parser.command((await import('./commands/proxy.js')).proxyCommand),
  sessions: async (parser) =>
    parser.command((await import('./commands/sessions.js')).sessionsCommand),
  open: async (parser) => parser.command((await import('./commands/open.js')).openCommand),
  show: async (parser) => parser.command((await import('./commands/show.js')).showCommand),
  remove: async (parser) => parser.command((await import('./commands/remove.js')).removeCommand),
  undo: async (parser) => parser.command((await import('./commands/undo.js')).undoCommand),
  login: async (parser) => parser.command((await import('./commands/login.js')).loginCommand),
  logout: async (parser) => parser.command((await import('./commands/logout.js')).logoutCommand),
  profiles: async (parser) =>
    parser.command((await import('./commands/profiles.js')).profilesCommand),
  convert: async (parser) => parser.command((await import('./commands/convert.js')).convertCommand),
  key: async (parser) => parser.command((await import('./commands/key.js')).keyCommand),
  demo: async (parser) => parser.command((await import('./commands/demo.js')).demoCommand),
  agent: async (parser) => parser.command((await import('./commands/agent.js')).agentCommand),
};

/** Their names, in that order. */
export const commandNames: readonly string[] = Object.keys(COMMANDS);

/** The command that a command line begins with; `undefined` where that is none of ours. */
export function commandOf(argv: readonly string[]): string | undefined {
  return argv.slice(0, 1).find((word) => Object.hasOwn(COMMANDS, word));
}

/** Adds one command, or all of them for `--help` and for suggestions. */
export async function registerCommands(parser: Parser, name: string | undefined): Promise<void> {
  const chosen = name === undefined ? undefined : COMMANDS[name];
  for (const register of chosen === undefined ? Object.values(COMMANDS) : [chosen]) {
    await register(parser);
  }
}
