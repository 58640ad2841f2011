/** The lines of a PPK file: headers in a fixed order, and blobs in base64 after a line count. */
import { COPY_AGAIN, KeyError } from './errors.js';
import { decodeBase64 } from './pem.js';
import { lines } from './text.js';

export class PpkLines {
  readonly #lines: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#lines = lines(text);
  }

  /** @throws KeyError `ppk-cut` after the last line. */
  next(): string {
    const line = this.#lines[this.#at];
    if (line === undefined) {
      throw new KeyError('ppk-cut', `the PuTTY key ends after line ${this.#at}`, COPY_AGAIN);
    }
    this.#at += 1;
    return line;
  }

  /**
   * The text after `name: `, blanks included, as PuTTY takes it.
   * @throws KeyError `ppk-header` where the line is another; its content is not shown, as it may be
   *   the private part.
   */
  header(name: string): string {
    const line = this.next();
    if (line.startsWith(`${name}: `)) return line.slice(name.length + 2);
    // An editor that strips blanks at line ends takes the one after an empty value too.
    if (line === `${name}:`) return '';
    throw new KeyError(
      'ppk-header',
      `line ${this.#at} of the PuTTY key is not its ${name} line`,
      COPY_AGAIN,
    );
  }

  /** @throws KeyError `ppk-number`. */
  decimal(name: string): number {
    const text = this.header(name).trimEnd();
    // Ten digits hold any uint32, which is all that PuTTY reads.
    if (/^\d{1,10}$/.test(text)) return Number(text);
    throw new KeyError(
      'ppk-number',
      `line ${this.#at} of the PuTTY key: ${name} is not a number`,
      COPY_AGAIN,
    );
  }

  /** @throws KeyError `ppk-hex`. */
  hex(name: string): Buffer {
    const text = this.header(name).trimEnd();
    // The longest that PuTTY writes is the MAC of 32 bytes.
    if (text.length <= 2048 && /^(?:[0-9a-fA-F]{2})+$/.test(text)) return Buffer.from(text, 'hex');
    throw new KeyError(
      'ppk-hex',
      `line ${this.#at} of the PuTTY key: ${name} is not in hex digits`,
      COPY_AGAIN,
    );
  }

  /** The blob after `Public-Lines` or `Private-Lines`. @throws KeyError as `decodeBase64`. */
  blob(name: 'Public' | 'Private'): Buffer {
    const count = this.decimal(`${name}-Lines`);
    const pieces: string[] = [];
    for (let line = 0; line < count; line += 1) pieces.push(this.next().trimEnd());
    return decodeBase64(pieces.join(''), `${name.toLowerCase()} part of the PuTTY key`);
  }
}
