/**
 * Sets values of one section in the text of an ini file and leaves every other line as it is: package
 * `ini` reads the file, but writing it back through the package would drop the owner's comments.
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
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
  let start = lines.findIndex((line) => line.trim() === `[${section}]`);
  if (start === -1) {
    if (lines.length > 0) lines.push('');
    start = lines.push(`[${section}]`) - 1;
  }
  for (const [name, value] of Object.entries(values)) {
    const next = lines.findIndex((line, index) => index > start && line.trim().startsWith('['));
    const end = next === -1 ? lines.length : next;
    const line = `${name} = ${quoteIniValue(value)}`;
    const existing = lines.findIndex(
      (candidate, index) =>
        index > start && index < end && candidate.split('=')[0]?.trim() === name,
    );
    if (existing === -1) lines.splice(lastFilledLine(lines, start, end) + 1, 0, line);
    else lines[existing] = line;
  }
  return lines.join(newline) + newline;
}

/**
 * Takes values of one section out of the text of an ini file, and the section's heading where nothing
 * is left below it; every other line stays as it is.
 */
export function removeIniValues(text: string, section: string, names: readonly string[]): string {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  const start = lines.findIndex((line) => line.trim() === `[${section}]`);
  if (start === -1) return text;
  const next = lines.findIndex((line, index) => index > start && line.trim().startsWith('['));
  const end = next === -1 ? lines.length : next;
  const kept = lines
    .slice(start + 1, end)
    .filter((line) => !names.includes(line.split('=')[0]?.trim() ?? ''));
  const empty = kept.every((line) => line.trim() === '');
  const rest = lines.slice(end);
  const before = lines.slice(0, start);
  if (!empty) return [...before, lines[start], ...kept, ...rest].join(newline) + newline;
  // The blank line before a heading was put there for it.
  while (rest.length === 0 && before.at(-1)?.trim() === '') before.pop();
  const left = [...before, ...rest];
  return left.length === 0 ? '' : left.join(newline) + newline;
}

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
