/*
 * The rules of the user interface.
 *
 * - People are spoken to on stderr, data for programs goes to stdout. With --json, stdout holds one
 *   JSON document and nothing else.
 * - Text is lower case and without a full stop. A failure is one `bai-win: error:` line that says what
 *   was found, followed by one `bai-win: hint:` line that says what to do or type next.
 * - One line a step, printed when the step is done, so that the last line tells what is under way.
 * - Plain ASCII, because the classic Windows console shows little else; names are shown as they are.
 * - What others have named or written cannot steer the terminal: control characters are escapes, in
 *   all but files that are printed byte for byte.
 * - Times are local, with --json ISO 8601 in UTC.
 */

import { withLocalTimes } from '../local-time.js';
import { visibleLine, visibleText } from '../visible-text.js';

/** What failures look like from here, whichever room they come from. */
interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly details?: unknown;
}

export interface Output {
  write(data: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
}

/** Width of the label column: the longest label is `connection`. */
const LABEL_WIDTH = 10;

const LIST_ITEM = '\n  ';

export class Terminal {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly #people: Output;
  readonly #data: Output;

  constructor(
    options: { json: boolean; verbose: boolean },
    people: Output = process.stderr,
    data: Output = process.stdout,
  ) {
    this.json = options.json;
    this.verbose = options.verbose;
    this.#people = people;
    this.#data = data;
  }

  /** One line to the person, or one with a list below it, whose lines begin with two blanks. */
  say(line = ''): void {
    const parts = line.split(LIST_ITEM).map(visibleLine);
    this.#people.write(`${parts.join(LIST_ITEM)}\n`);
  }

  /** One finished step: a label and what came of it. An empty label continues the step above. */
  step(label: string, text: string): void {
    this.say(`${label.padEnd(LABEL_WIDTH)}  ${text}`);
  }

  /** Something the person should know that stopped nothing. */
  warn(line: string): void {
    this.say(`bai-win: warning: ${line}`);
  }

  /** A line that only --verbose shows. */
  detail(line: string): void {
    if (this.verbose) this.say(`bai-win: ${withLocalTimes(line)}`);
  }

  /** Text of whole lines for programs or pipes. */
  print(text: string): void {
    this.#data.write(visibleText(text));
  }

  /** One line for programs or pipes. */
  printLine(line: string): void {
    this.print(`${visibleLine(line)}\n`);
  }

  /**
   * A unified diff for programs or pipes; on a terminal what is added is green, what is removed red.
   * Without colours where NO_COLOR says so (no-color.org).
   */
  printDiff(text: string): void {
    const plain = this.#data.isTTY !== true || (process.env['NO_COLOR'] ?? '') !== '';
    const shown = visibleText(text);
    this.#data.write(plain ? shown : shown.replace(/^[+-].*$/gm, coloured));
  }

  /** A file for programs or pipes, byte for byte. */
  printBytes(bytes: Uint8Array): void {
    this.#data.write(bytes);
  }

  /** The one JSON document of a --json run. */
  printJson(value: unknown): void {
    this.print(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** Reports a failure in the form the person, or with --json the program, expects. */
  fail(error: unknown): void {
    const failure = asFailure(error);
    this.say(`bai-win: error: ${failure.message}`);
    this.say(`bai-win: hint: ${failure.hint}`);
    if (this.verbose && error instanceof Error) {
      for (const line of (error.stack ?? '').split('\n')) this.say(line);
    }
    if (this.json) {
      const { code, message, hint, details } = failure;
      this.printJson({
        error: { code, message, hint, ...(details === undefined ? {} : { details }) },
      });
    }
  }
}

/** A line of a diff in bold where it names a file, green or red where it adds or removes (ECMA-48, SGR). */
function coloured(line: string): string {
  const code = /^(?:\+\+\+|---) /.test(line) ? 1 : line.startsWith('+') ? 32 : 31;
  return `\u001b[${code}m${line}\u001b[0m`;
}

/** Any thrown value as a failure; what is not one of ours is a fault of the program and says so. */
function asFailure(error: unknown): Failure {
  if (error instanceof Error && 'code' in error && 'hint' in error) {
    const { code, hint } = error as { code: unknown; hint: unknown };
    if (typeof code === 'string' && typeof hint === 'string') {
      const details = 'details' in error ? error.details : undefined;
      return { code, message: error.message, hint, details };
    }
  }
  return {
    code: 'internal',
    message: `this should not have happened: ${error instanceof Error ? error.message : String(error)}`,
    hint: 'nothing more was written; please report this with the output of the same command and --verbose',
  };
}
