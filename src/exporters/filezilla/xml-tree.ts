import { unescapeXml } from './xml-text.js';

/**
 * Where the elements of an XML text stand: a tree of spans, so that one element can be changed and
 * every other character stays. It holds only for text that a validating parser accepts too.
 */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Of `<` of the start tag. */
  readonly start: number;
  /** Behind `>` of the start tag. */
  readonly contentStart: number;
  /** Of `<` of the end tag; `contentStart` in an empty-element tag. */
  readonly contentEnd: number;
  /** Behind `>` of the end tag. */
  readonly end: number;
  readonly parent: XmlElement | null;
  readonly children: readonly XmlElement[];
  /** The first text in it that is more than white space, as FileZilla reads it; often `''`. */
  readonly text: string;
  /** Where that text stands, or where it would: what to replace for another one. */
  readonly textStart: number;
  readonly textEnd: number;
}

/** The text cannot be followed: what is wrong and where, as an offset in characters. */
export class XmlSyntaxError extends Error {
  override readonly name = 'XmlSyntaxError';
  readonly offset: number;

  constructor(reason: string, offset: number) {
    super(reason);
    this.offset = offset;
  }
}

interface OpenElement extends XmlElement {
  contentEnd: number;
  end: number;
  readonly parent: OpenElement | null;
  readonly children: OpenElement[];
  text: string;
  textStart: number;
  textEnd: number;
}

/** What begins with `<` and is not a tag, and what ends it. */
const skipped = [
  { open: '<!--', close: '-->' },
  { open: '<![CDATA[', close: ']]>' },
  { open: '<?', close: '?>' },
] as const;

const attribute = /([^\s=/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
/** A tag; `>` may stand inside a quoted attribute value. */
const tag = /<(\/?)([^\s/>"'=<]+)((?:[^>"'<]|"[^"<]*"|'[^'<]*')*?)(\/?)>/y;
const noAttributes: ReadonlyMap<string, string> = new Map();

function readAttributes(text: string): ReadonlyMap<string, string> {
  if (text === '') return noAttributes;
  const result = new Map<string, string>();
  for (const [, name = '', double, single] of text.matchAll(attribute)) {
    result.set(name, unescapeXml(double ?? single ?? ''));
  }
  return result;
}

/** Where the first character behind white space stands, from `start` on and before `end`; or `end`. */
function skipSpace(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && ' \t\r\n'.includes(text.charAt(at))) at++;
  return at;
}

/**
 * The root element of an XML text.
 * @throws XmlSyntaxError where tags do not match, the document is not one element, or it has a
 *   document type declaration (which may define entities; FileZilla never writes one)
 */
export function readXmlTree(text: string): XmlElement {
  let root: OpenElement | null = null;
  let current: OpenElement | null = null;
  let offset = 0;

  const addText = (content: string, start: number, end: number): void => {
    if (!current) throw new XmlSyntaxError('text outside of the root element', start);
    if (current.text !== '') return;
    current.text = content;
    current.textStart = start;
    current.textEnd = end;
  };

  while (offset < text.length) {
    const open = text.indexOf('<', offset);
    const textEnd = open === -1 ? text.length : open;
    if (skipSpace(text, offset, textEnd) < textEnd) {
      addText(unescapeXml(text.slice(offset, textEnd)), offset, textEnd);
    }
    if (open === -1) break;

    const markup = text.charAt(open + 1);
    const skip =
      markup === '!' || markup === '?'
        ? skipped.find((kind) => text.startsWith(kind.open, open))
        : undefined;
    if (skip) {
      const close = text.indexOf(skip.close, open + skip.open.length);
      if (close === -1) throw new XmlSyntaxError(`"${skip.open}" without "${skip.close}"`, open);
      const content = text.slice(open + skip.open.length, close);
      offset = close + skip.close.length;
      if (skip.open === '<![CDATA[' && content.trim() !== '') addText(content, open, offset);
      continue;
    }
    if (markup === '!') throw new XmlSyntaxError('a document type declaration', open);

    tag.lastIndex = open;
    const found = tag.exec(text);
    if (!found) throw new XmlSyntaxError('"<" that does not begin a tag', open);
    const [all, closing, name = '', attributes = '', empty] = found;
    offset = open + all.length;

    if (closing === '/') {
      if (current?.name !== name)
        throw new XmlSyntaxError(`"</${name}>" that closes nothing`, open);
      current.contentEnd = open;
      current.end = offset;
      if (current.text === '') {
        // Blanks before it would become part of it.
        current.textStart = text.lastIndexOf('>', open) + 1;
        current.textEnd = open;
      }
      current = current.parent;
      continue;
    }
    if (!current && root) throw new XmlSyntaxError('a second root element', open);
    const element: OpenElement = {
      name,
      attributes: readAttributes(attributes),
      start: open,
      contentStart: offset,
      contentEnd: offset,
      end: offset,
      parent: current,
      children: [],
      text: '',
      textStart: offset,
      textEnd: offset,
    };
    if (current) current.children.push(element);
    else root = element;
    if (empty !== '/') current = element;
  }

  if (current) throw new XmlSyntaxError(`"<${current.name}>" without end tag`, current.start);
  if (!root) throw new XmlSyntaxError('no element at all', 0);
  return root;
}

/** The elements in `root` and itself, in document order. */
export function* walk(root: XmlElement): Generator<XmlElement> {
  const stack = [root];
  for (let next = stack.pop(); next; next = stack.pop()) {
    yield next;
    for (let i = next.children.length - 1; i >= 0; i--) {
      const child = next.children[i];
      if (child) stack.push(child);
    }
  }
}

/** The first child of that name. */
export function child(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((candidate) => candidate.name === name);
}

/** Whether an element is written `<name/>`. */
export function isEmptyTag(element: XmlElement): boolean {
  return element.contentStart === element.end;
}
