/**
 * Editing files of lines without touching any other byte. Texts are bytes as latin1 characters, so
 * that what we do not understand goes through unharmed; each line keeps its own line end.
 */

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
  const open = text !== '' && !text.endsWith('\n');
  const joined = added.join(end);
  return open ? text + end + joined : text + joined + end;
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
