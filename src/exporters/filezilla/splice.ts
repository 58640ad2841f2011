import { isEmptyTag } from './xml-tree.js';
import type { XmlElement } from './xml-tree.js';

/** Replaces `text.slice(start, end)`. The edits of one text do not overlap. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** The text with all edits made; everything outside of them stays. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const parts: string[] = [];
  let offset = 0;
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    parts.push(text.slice(offset, edit.start), edit.replacement);
    offset = edit.end;
  }
  return parts.join('') + text.slice(offset);
}

/** How a file lays out its elements, taken from the file itself. */
export interface Layout {
  readonly lineEnd: string;
  /** One level of indentation; FileZilla's is a tab. */
  readonly unit: string;
}

/** The blanks before an element that begins its line, else `null`. */
function ownIndent(text: string, element: XmlElement): string | null {
  const lineStart = text.lastIndexOf('\n', element.start - 1) + 1;
  const before = text.slice(lineStart, element.start);
  return lineStart > 0 && /^[ \t]*$/.test(before) ? before : null;
}

export function layoutOf(text: string, root: XmlElement): Layout {
  const indents = root.children.map((child) => ownIndent(text, child));
  return {
    lineEnd: /\r?\n/.exec(text)?.[0] ?? '\n',
    unit: indents.find((indent) => indent) ?? '\t',
  };
}

function indentOf(text: string, element: XmlElement, layout: Layout): string {
  let depth = 0;
  for (let up = element.parent; up; up = up.parent) depth++;
  return ownIndent(text, element) ?? layout.unit.repeat(depth);
}

/** The indentation of what is, or will be, directly inside an element. */
function childIndent(text: string, parent: XmlElement, layout: Layout): string {
  const indents = parent.children.map((child) => ownIndent(text, child));
  return indents.find((indent) => indent !== null) ?? indentOf(text, parent, layout) + layout.unit;
}

/**
 * Puts lines behind all else in an element. `render` gets the indentation and returns elements without
 * line end; those of one element go in together. An empty-element tag is opened: the blank in the end
 * tag that it is given remembers that, for `removeElement`.
 */
export function insertLast(
  text: string,
  parent: XmlElement,
  layout: Layout,
  render: (indent: string) => string[],
): Edit {
  const indent = childIndent(text, parent, layout);
  const added = render(indent)
    .map((element) => layout.lineEnd + indent + element)
    .join('');
  if (isEmptyTag(parent)) {
    const close = `${layout.lineEnd}${indentOf(text, parent, layout)}</${parent.name} >`;
    const slash = parent.contentStart - 2;
    return { start: slash, end: parent.contentStart, replacement: `>${added}${close}` };
  }
  const content = text.slice(parent.contentStart, parent.contentEnd);
  const at = parent.contentStart + content.replace(/[ \t\r\n]+$/, '').length;
  return { start: at, end: at, replacement: added };
}

/** Blanks up to the end of a line, or to an end tag. */
const lineRest = /[ \t]*(?:[\r\n]|<\/)/y;

/**
 * The length of the line end and blanks before an element that has its line to itself, as
 * `insertLast` makes it; 0 where other text shares the line.
 */
function lineBreakBefore(text: string, element: XmlElement): number {
  const lineStart = text.lastIndexOf('\n', element.start - 1) + 1;
  const begins = lineStart > 0 && /^[ \t]*$/.test(text.slice(lineStart, element.start));
  lineRest.lastIndex = element.end;
  const ends = lineRest.test(text);
  if (!begins || !ends) return 0;
  return element.start - lineStart + (text[lineStart - 2] === '\r' ? 2 : 1);
}

/** Whether `insertLast` opened this element, which was an empty-element tag before. */
export function wasEmptyTag(text: string, element: XmlElement): boolean {
  return text.slice(element.contentEnd, element.end) === `</${element.name} >`;
}

/** Takes out an element, with its line if it begins one; undoes `insertLast`. */
export function removeElement(text: string, element: XmlElement): Edit {
  const { parent } = element;
  const start = element.start - lineBreakBefore(text, element);
  if (parent && wasEmptyTag(text, parent)) {
    const rest =
      text.slice(parent.contentStart, start) + text.slice(element.end, parent.contentEnd);
    if (rest.trim() === '') {
      return { start: parent.contentStart - 1, end: parent.end, replacement: '/>' };
    }
  }
  return { start, end: element.end, replacement: '' };
}
