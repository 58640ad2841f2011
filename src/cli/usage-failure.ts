import { nearest } from '../nearest.js';
import { commandNames } from './commands.js';

/** What the parser is to say where there is not even a command. */
export const NO_COMMAND = 'no command given';

const FIRST_STEPS =
  'see: bai-win --help; or begin with bai-win login, then bai-win sessions, then bai-win setup <session>';

/** Where to look for what is missing, by the command or by what it is. */
const WHERE_TO_LOOK: Readonly<Record<string, (options: string) => string>> = {
  session: (options) => `bai-win sessions${options} lists them; `,
  'bai-win open': (options) => `bai-win show${options} lists those that are set up; `,
};

/** The help of a command, given as words after `bai-win`; of the program where there are none. */
type HelpOf = (path: readonly string[]) => Promise<string>;

/**
 * What the parser says about a command line, in our words, with what was probably meant.
 *
 * @param text of the parser
 * @param argv the words after `bai-win`
 * @param options those of them that mean the one whose sessions they are; see `ownerOptions`
 */
export async function usageFailure(
  text: string,
  argv: readonly string[],
  helpOf: HelpOf,
  options: string,
): Promise<Error> {
  const unknown = /^Unknown arguments?: (.+)$/.exec(text)?.[1]?.split(', ') ?? [];
  const stranger = unknown.find((word) => argv.includes(word));
  const end = stranger === undefined ? argv.length : argv.indexOf(stranger);
  const { path, help, next } = await commandOf(argv.slice(0, end), helpOf);
  const known = ['bai-win', ...path].join(' ');
  const fail = (message: string, meant?: string): Error =>
    withHint(message, meant === undefined ? `see: ${known} --help` : `did you mean: ${meant}`);

  const command = stranger ?? next;
  const commands = commandsIn(help);
  if (command !== undefined && commands.length > 0) {
    const meant = nearest(command, commands);
    return fail(
      `there is no command ${[...path, command].join(' ')}`,
      meant === undefined ? undefined : corrected(argv, command, meant, known),
    );
  }
  const option = unknownOption(argv, help);
  if (option !== undefined && option.meant === `${option.word}-stdin`) {
    return withHint(
      `${option.word} is never taken from the command line`,
      `type it when asked, or redirect a file to ${option.meant}; what was typed may stand in the history of the shell now`,
    );
  }
  if (option !== undefined) {
    return fail(`${known} has no option ${option.word}`, option.meant);
  }
  if (text === NO_COMMAND) return withHint(text, FIRST_STEPS);
  if (text.startsWith('Not enough non-option')) {
    const missing = /^bai-win [a-z ]*<(\w+)>/.exec(help)?.[1] ?? 'word';
    const look = WHERE_TO_LOOK[known] ?? WHERE_TO_LOOK[missing];
    return withHint(
      `a ${missing} is missing after ${known}`,
      `${look?.(options) ?? ''}see: ${known} --help`,
    );
  }
  const valueless = /^Not enough arguments following: (.+)$/.exec(text)?.[1];
  if (valueless !== undefined) {
    return fail(`${valueless.length === 1 ? '-' : '--'}${valueless} needs a value after it`);
  }
  const [, name, given = '', choices = ''] =
    /^Invalid values:\s+Argument: (\S+), Given: (.+), Choices: (.+)$/.exec(text) ?? [];
  if (name !== undefined) {
    const words = choices.replaceAll('"', '').split(', ');
    const meant = nearest(given.replaceAll('"', ''), words);
    const isOption = new RegExp(`^ +(?:-\\w, |)--${name} `, 'm').test(help);
    const taker = isOption ? `--${name}` : known;
    return fail(
      `${taker} takes one of ${words.join(', ')}, not ${given}`,
      meant === undefined ? undefined : `${taker} ${meant}`,
    );
  }
  return fail(text.charAt(0).toLowerCase() + text.slice(1).replace(/\s*\n\s*/g, ' '));
}

function withHint(message: string, hint: string): Error {
  return Object.assign(new Error(message), { code: 'usage', hint });
}

/**
 * A command line with the command that was meant: the whole one where it holds nothing but names, else
 * the command alone, as there may be a secret in the rest.
 */
function corrected(
  argv: readonly string[],
  command: string,
  meant: string,
  before: string,
): string {
  if (!argv.every((word) => /^[\w./][\w./-]*$/.test(word))) return `${before} ${meant}`;
  return ['bai-win', ...argv.map((word) => (word === command ? meant : word))].join(' ');
}

/** The command that a command line names, its help, and the first word after it that is no option. */
async function commandOf(
  argv: readonly string[],
  helpOf: HelpOf,
): Promise<{ path: readonly string[]; help: string; next: string | undefined }> {
  let path: readonly string[] = [];
  let help = await helpOf(path);
  let next: string | undefined;
  for (const word of argv) {
    if (commandsIn(help).includes(word)) {
      path = [...path, word];
      help = await helpOf(path);
    } else if (path.length > 0 && !word.startsWith('-')) next ??= word;
  }
  return { path, help, next };
}

/**
 * Whether there is another word where a command line has to name a command.
 *
 * @param argv the words after `bai-win`
 */
export async function namesNoCommand(argv: readonly string[], helpOf: HelpOf): Promise<boolean> {
  for (const [index, word] of argv.entries()) {
    // Help does not list all of the first ones.
    const commands = index === 0 ? commandNames : commandsIn(await helpOf(argv.slice(0, index)));
    if (commands.length === 0 || word.startsWith('-')) return false;
    if (!commands.includes(word)) return true;
  }
  return false;
}

/** The names under `Commands:` in a help; none where a command has no others below it. */
function commandsIn(help: string): string[] {
  const [, section = ''] = /^Commands:\n((?: .*\n)+)/m.exec(help) ?? [];
  const names = section.matchAll(/^ {2}bai-win (?:key )?([a-z]+)/gm);
  return [...names].map(([, name = '']) => name);
}

/** The first option that a help does not know, as it was typed, and the one that was probably meant. */
function unknownOption(
  argv: readonly string[],
  help: string,
): { word: string; meant: string | undefined } | undefined {
  const options = [...help.matchAll(/^ +(?:-(\w), |)--([\w-]+)(?:, --([\w-]+))? /gm)];
  const names = options.flatMap(([, , name = '', other = name]) => [name, other]);
  const letters = options.map(([, letter]) => letter);
  const end = argv.indexOf('--');
  for (const word of end < 0 ? argv : argv.slice(0, end)) {
    const letter = /^-([A-Za-z])$/.exec(word)?.[1];
    if (letter !== undefined && !letters.includes(letter)) return { word, meant: undefined };
    const typed = /^--([^=]+)/.exec(word)?.[1];
    if (typed === undefined) continue;
    // The parser takes --dryRun for --dry-run.
    const name = typed.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
    const bare = name.replace(/^no-/, '');
    if (names.includes(name) || names.includes(bare)) continue;
    const fromInput = `${bare}-stdin`;
    const meant = names.includes(fromInput) ? fromInput : nearest(bare, names);
    const no = bare === name ? '' : 'no-';
    return { word: `--${typed}`, meant: meant === undefined ? undefined : `--${no}${meant}` };
  }
  return undefined;
}
