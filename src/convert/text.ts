/** What people's downloads look like, reduced to one text: marks, character sets, a bound. */
import { KeyError } from './errors.js';

/**
 * Bytes of input that are looked at. The largest private key (RSA-16384 in an encrypted PPK) needs
 * 15 KiB; a tar of a home folder's key files stays far below this too.
 */
const MAX_INPUT_BYTES = 1024 * 1024;

/**
 * The file's bytes as text of one character a byte (so that comments in any character set survive),
 * without a byte order mark; UTF-16, as Notepad can save it, is turned into UTF-8 first.
 * @throws KeyError `input-too-large`, `input-empty`.
 */
export function keyText(bytes: Uint8Array): string {
  if (bytes.length > MAX_INPUT_BYTES) {
    throw new KeyError(
      'input-too-large',
      `the input has ${bytes.length} bytes; no key file is larger than ${MAX_INPUT_BYTES}`,
      'give the key file itself',
    );
  }
  const buffer = Buffer.from(bytes);
  const utf16 = utf16Text(buffer);
  const text = utf16 === null ? buffer.toString('latin1') : Buffer.from(utf16).toString('latin1');
  const unmarked = text.replace(/^\xef\xbb\xbf/, '');
  if (/^[\s\0]*$/.test(unmarked)) {
    throw new KeyError(
      'input-empty',
      bytes.length === 0 ? 'the input is empty' : 'the input holds nothing but blanks',
      'download or copy the key file again',
    );
  }
  return unmarked;
}

/** The text of UTF-16 input, known by its byte order mark or by a dash that takes two bytes. */
function utf16Text(buffer: Buffer): string | null {
  const start = buffer.subarray(0, 2).toString('hex');
  const even = buffer.length - (buffer.length % 2);
  if (start === 'fffe') return buffer.subarray(2, even).toString('utf16le');
  if (start === 'feff') {
    return Buffer.from(buffer.subarray(2, even)).swap16().toString('utf16le');
  }
  if (start === '2d00' || start === '5000') return buffer.subarray(0, even).toString('utf16le');
  return null;
}

/** The lines of a text with any of the line ends LF, CRLF and CR. */
export function lines(text: string): string[] {
  return text.split(/\r\n|\r|\n/);
}
