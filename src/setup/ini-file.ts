import { appendLines, lineContent, lineEnd, removeLines, splitLines } from '../exporters/lines.js';

/**
 * Sets values of one section in the text of an ini file and leaves every other line, and each line's own
 * end, as it is: package `ini` reads the file, but writing it back through the package would drop the
 * owner's comments.
 *
 * @param text the file as it is, empty for a new one
 * @param section name of the section, created at the end where it is missing
 * @param values to set; plain one-line texts
 */
export function setIniValues(
  text: string,
  section: string,
  values: Readonly<Record<string, string>>,
): string {
  const newline = lineEnd(text);
  let lines = splitLines(text);
  let start = findSection(lines, section);
  if (start === -1) {
    const heading = `[${section}]`;
    lines = splitLines(appendLines(text, text === '' ? [heading] : ['', heading]));
    start = lines.length - 1;
  }
  for (const [name, value] of Object.entries(values)) {
    const end = sectionEnd(lines, start);
    const line = `${name} = ${quoteIniValue(value)}`;
    const existing = lines.findIndex(
      (candidate, index) => index > start && index < end && nameOf(candidate) === name,
    );
    const old = lines[existing];
    const last = lastFilledLine(lines, start, end);
    if (old !== undefined) lines[existing] = line + old.slice(lineContent(old).length);
    else if (lines[last]?.endsWith('\n') === true) lines.splice(last + 1, 0, line + newline);
    else lines = splitLines(appendLines(lines.join(''), [line]));
  }
  return lines.join('');
}

/**
 * Takes values of one section out of the text of an ini file, and the section's heading where nothing
 * is left below it; every other line stays as it is.
 */
export function removeIniValues(text: string, section: string, names: readonly string[]): string {
  const lines = splitLines(text);
  const start = findSection(lines, section);
  if (start === -1) return text;
  const end = sectionEnd(lines, start);
  const isGone = (line: string): boolean => names.includes(nameOf(line));
  const isEmpty = lines
    .slice(start + 1, end)
    .every((line) => line.trim() === '' || isGone(lineContent(line)));
  if (!isEmpty) {
    return removeLines(text, (line, index) => index > start && index < end && isGone(line));
  }
  // The blank line before the last heading was put there for it.
  const from = end === lines.length && lines[start - 1]?.trim() === '' ? start - 1 : start;
  return removeLines(text, (_, index) => index >= from && index < end);
}

/** Index of a section's heading, -1 where there is none. */
function findSection(lines: readonly string[], section: string): number {
  return lines.findIndex((line) => line.trim() === `[${section}]`);
}

/** Index of the next heading, or the number of lines. */
function sectionEnd(lines: readonly string[], start: number): number {
  const next = lines.findIndex((line, index) => index > start && line.trim().startsWith('['));
  return next === -1 ? lines.length : next;
}

const nameOf = (line: string): string => line.split('=')[0]?.trim() ?? '';

/** The last line of a section that is not blank, so that new values join the others. */
function lastFilledLine(lines: readonly string[], start: number, end: number): number {
  let last = end - 1;
  while (last > start && lines[last]?.trim() === '') last -= 1;
  return last;
}

/** Package `ini` unquotes JSON strings, and would cut a bare value at `;` or `#`. */
function quoteIniValue(value: string): string {
  return /^[\w./:+@-]+$/.test(value) ? value : JSON.stringify(value);
}
