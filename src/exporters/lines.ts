import { BaiError } from '../errors.js';

/**
 * Editing files of lines without touching any other byte. Texts are bytes as latin1 characters, so
 * that what we do not understand goes through unharmed; each line keeps its own line end.
 */

/** UTF-16, as PowerShell and Notepad write it: a byte order mark, or two ASCII characters without one. */
const WIDE = /^(?:\xff\xfe|\xfe\xff|(?:[^\0]\0){2}|(?:\0[^\0]){2})/;

/**
 * For files that are about to be edited so.
 *
 * @param text bytes as latin1 characters
 * @throws BaiError `lines-encoding` where our lines among its own would make it unreadable
 */
export function refuseWideText(text: string, path: string): void {
  if (!WIDE.test(text)) return;
  throw new BaiError(
    'lines-encoding',
    `${path} is in UTF-16, which the program that it belongs to cannot read`,
    'save it as UTF-8 (Notepad: Save as, Encoding), and run the command again',
  );
}

/** The lines of a text, each with its line end; the last may have none. */
export function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** A line without its line end. */
export function lineContent(line: string): string {
  return line.replace(/\r?\n$/, '');
}

/** The line end of a text: of its first line, LF where there is none. */
export function lineEnd(text: string): '\n' | '\r\n' {
  return /\r?\n/.exec(text)?.[0] === '\r\n' ? '\r\n' : '\n';
}

/**
 * Puts lines at the end. Where the last line had no line end our last one has none either, so that
 * `removeLines` gives back the same bytes.
 */
export function appendLines(text: string, added: readonly string[]): string {
  if (added.length === 0) return text;
  const end = lineEnd(text);
  const joined = added.join(end);
  if (text === '' || text.endsWith('\n')) return text + joined + end;
  // A carriage return alone belongs to its line, and is not to be half of the end that follows.
  return text + (text.endsWith('\r') ? '\r\n' : end) + joined;
}

/** Takes out each line that matches. */
export function removeLines(
  text: string,
  matches: (content: string, index: number) => boolean,
): string {
  const lines = splitLines(text);
  const kept = lines.filter((line, index) => !matches(lineContent(line), index));
  if (kept.length === lines.length) return text;
  const result = kept.join('');
  const lastWasOpen = !text.endsWith('\n');
  return lastWasOpen ? result.replace(/\r?\n$/, '') : result;
}
