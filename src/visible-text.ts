/**
 * What steers a terminal or reorders its lines: control characters (ECMA-48: C0, DEL, C1), line and
 * paragraph separators, and the marks of bidirectional text (Unicode, annex 9).
 */
const STEERING = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Text of somebody else for a terminal: what would steer it is an escape, as in JSON; tabs stay. */
export function visibleLine(text: string): string {
  return text.replace(STEERING, (character) => (character === '\t' ? '\t' : escaped(character)));
}

/** As `visibleLine`, for text of several lines, whose ends stay. */
export function visibleText(text: string): string {
  return text
    .split(/(\r?\n)/)
    .map((part, index) => (index % 2 === 1 ? part : visibleLine(part)))
    .join('');
}

function escaped(character: string): string {
  const short = JSON.stringify(character).slice(1, -1);
  if (short !== character) return short;
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
