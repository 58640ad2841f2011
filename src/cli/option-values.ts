import { UsageError } from '../errors.js';

/** What the parser knows about the options of the command that it runs, and of every command. */
export interface OptionTable {
  /** Names of all of them, and of what stands without a name. */
  readonly key: Readonly<Record<string, unknown>>;
  readonly boolean: readonly string[];
  /** Other names of some. */
  readonly alias: Readonly<Record<string, readonly string[]>>;
}

/** For which an empty text means something. */
const MAY_BE_EMPTY = ['comment'];

/**
 * For the parser to check: it makes `false` of `--dry-run=yes`, and an empty text or a default of an
 * option whose value was forgotten. What was given is not repeated: it may be a secret.
 *
 * @param words after `bai-win`
 * @param command the name of what they run
 * @throws UsageError `word-empty`, `option-takes-no-value`, `option-needs-value`, `option-no-switch`
 */
export function checkOptionValues(
  words: readonly string[],
  command: string,
  table: OptionTable,
): void {
  const names = canonicalNames(table);
  const hint = `see: ${['bai-win', command].join(' ').trim()} --help`;
  const end = words.indexOf('--');
  const known = end < 0 ? words : words.slice(0, end);
  let isValue = false;
  for (const [index, word] of known.entries()) {
    const { typed, glued } = split(word);
    if (word === '' && !isValue) throw emptyWord(hint);
    isValue = false;
    if (typed === undefined) continue;
    const name = names.get(typed);
    if (name === undefined) {
      const bare = names.get(typed.replace(/^no-/, ''));
      if (bare === undefined || table.boolean.includes(bare)) continue;
      throw new UsageError(
        'option-no-switch',
        `--${bare} takes a value, so there is no --${typed}`,
        hint,
      );
    }
    const shown = typed.length === 1 ? `-${typed}` : `--${typed}`;
    if (table.boolean.includes(name)) {
      if (isSwitch(typed, glued)) continue;
      throw new UsageError(
        'option-takes-no-value',
        `${shown} takes no value`,
        typed.length === 1
          ? `type ${shown} alone, or leave it out`
          : `type ${shown} alone, or --no-${name} for the opposite`,
      );
    }
    const value = glued?.replace(/^=/, '') ?? known[index + 1];
    const isMissing = value === undefined || (glued === undefined && /^-[^0-9]/.test(value));
    if (isMissing || (value === '' && !MAY_BE_EMPTY.includes(name))) {
      throw new UsageError('option-needs-value', `${shown} needs a value after it`, hint);
    }
    isValue = glued === undefined;
  }
}

/** The parser makes an empty text of `-` too, which stands for standard input. */
function emptyWord(hint: string): UsageError {
  return new UsageError('word-empty', 'one of the words that were given is empty', hint);
}

/** By each name that people may type, what the option is called. */
function canonicalNames({ key, boolean, alias }: OptionTable): ReadonlyMap<string, string> {
  const names = new Map([...Object.keys(key), ...boolean].map((name) => [name, name]));
  for (const [name, others] of Object.entries(alias)) {
    for (const other of others) if (names.has(name)) names.set(other, name);
  }
  return names;
}

/** The option in a word, and what is in the same word after it, with the `=`. */
function split(word: string): { typed?: string; glued?: string | undefined } {
  const [, long, value] = /^--([^=]+)(=.*)?$/s.exec(word) ?? [];
  // The parser takes --dryRun for --dry-run.
  if (long !== undefined) return { typed: inKebabCase(long), glued: value };
  const [, letter, rest = ''] = /^-([A-Za-z])(.*)$/s.exec(word) ?? [];
  if (letter === undefined) return {};
  return { typed: letter, glued: rest === '' ? undefined : rest };
}

const inKebabCase = (name: string): string =>
  name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);

/** Whether what is in the same word is nothing, true or false, or other letters in a row with this one. */
function isSwitch(typed: string, glued = ''): boolean {
  if (/^(?:|=true|=false)$/.test(glued)) return true;
  return typed.length === 1 && /^[A-Za-z]+$/.test(glued);
}
