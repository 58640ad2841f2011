import type { Readable, Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { BaiError } from '../errors.js';

/** Standard input, where it is a terminal; or a stream in its place. */
type TerminalInput = Readable & { setRawMode?(raw: boolean): unknown };

const END_OF_TEXT = '\u0003';
const END_OF_TRANSMISSION = '\u0004';
const BACKSPACES: ReadonlySet<string> = new Set(['\b', '\u007f']);
const ERASE_LINE = '\u0015';
const ESCAPE = '\u001b';
/** Back to the first column, and erase to the end of the line (ECMA-48, EL). */
const BACK_AND_ERASE = '\r\u001b[K';

/**
 * Where in an escape sequence the input is: after ESC, in a control sequence (ECMA-48, 5.4: arrow keys,
 * the marks of a bracketed paste), or before the one character of a single shift (F1 to F4).
 */
type Sequence = 'none' | 'escape' | 'control' | 'shift';

/**
 * Reads lines that a person types or pastes. One reader serves all questions of a run: of a paste of
 * several lines, those after the first wait here for the next question. The terminal is in raw mode
 * meanwhile, so that Ctrl-C arrives here and a secret is never shown, whatever its line looks like.
 */
export class LineReader {
  readonly #input: TerminalInput;
  readonly #output: Writable;
  readonly #decoder = new StringDecoder('utf8');
  /** What has come and is not part of any answer yet. */
  #waiting = '';
  /** The last line ended with CR: an LF right after it belongs to it. */
  #afterReturn = false;

  constructor(input: TerminalInput, output: Writable) {
    this.#input = input;
    this.#output = output;
  }

  /**
   * Asks one question and returns the line typed, without its end and without control characters.
   *
   * @throws BaiError `prompt-cancelled` on Ctrl-C, Ctrl-D and at the end of the input
   */
  async readLine(question: string, { hidden }: { hidden: boolean }): Promise<string> {
    this.#output.write(question);
    this.#input.setRawMode?.(true);
    try {
      return await this.#typed(hidden ? null : question);
    } finally {
      this.#input.setRawMode?.(false);
      this.#input.pause();
      this.#output.write('\n');
    }
  }

  /** The next line; it is shown where `shown`, the question before it, is not `null`. */
  #typed(shown: string | null): Promise<string> {
    const line: string[] = [];
    let sequence: Sequence = 'none';
    const show = (text: string): void => {
      if (shown !== null) this.#output.write(text);
    };
    /** Takes one character in; the whole line where it was the last one. */
    const take = (character: string): string | null => {
      const isRestOfEnd = this.#afterReturn && character === '\n';
      this.#afterReturn = false;
      if (isRestOfEnd) return null;
      if (character >= ' ' && sequence !== 'none') {
        const before = sequence;
        sequence = after(sequence, character);
        if (sequence !== 'none' || before !== 'escape') return null;
      } else {
        sequence = character === ESCAPE ? 'escape' : 'none';
      }
      if (character === '\r' || character === '\n') {
        this.#afterReturn = character === '\r';
        return line.join('');
      }
      if (character === END_OF_TEXT || character === END_OF_TRANSMISSION) throw cancelled();
      if (BACKSPACES.has(character) || character === ERASE_LINE) {
        line.length = character === ERASE_LINE ? 0 : Math.max(line.length - 1, 0);
        show(`${BACK_AND_ERASE}${shown ?? ''}${line.join('')}`);
      } else if (!/\p{Cc}/u.test(character)) {
        line.push(character);
        show(character);
      }
      return null;
    };
    /** Takes in what has come, up to the end of the line. */
    const takeWaiting = (): string | null => {
      for (const character of this.#waiting) {
        this.#waiting = this.#waiting.slice(character.length);
        const whole = take(character);
        if (whole !== null) return whole;
      }
      return null;
    };
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.#input.off('data', onData).off('end', onEnd).off('error', onEnd);
      };
      const onEnd = (): void => {
        stop();
        reject(cancelled());
      };
      const onData = (chunk: Buffer): void => {
        this.#waiting += this.#decoder.write(chunk);
        try {
          const whole = takeWaiting();
          if (whole === null) return;
          stop();
          resolve(whole);
        } catch {
          // What was pasted behind Ctrl-C was meant for questions that are not asked any more.
          this.#waiting = '';
          onEnd();
        }
      };
      this.#input.on('data', onData).on('end', onEnd).on('error', onEnd);
      this.#input.resume();
      onData(Buffer.alloc(0));
      if (this.#input.readableEnded || this.#input.destroyed) onEnd();
    });
  }
}

/** Where the sequence is after a character that is not a control character. */
function after(sequence: Sequence, character: string): Sequence {
  if (sequence === 'escape' && character === '[') return 'control';
  if (sequence === 'escape' && character === 'O') return 'shift';
  // A control sequence goes on up to its final byte, 0x40 to 0x7e.
  return sequence === 'control' && !/^[@-~]$/.test(character) ? 'control' : 'none';
}

function cancelled(): BaiError {
  return new BaiError(
    'prompt-cancelled',
    'cancelled; nothing was changed',
    'to begin again, type the same command',
  );
}
