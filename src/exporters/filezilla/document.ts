import * as fastXmlParser from 'fast-xml-parser';
import { BaiError } from '../../errors.js';
import { decodeXml } from './xml-encoding.js';
import { impossible } from './xml-text.js';
import { readXmlTree, XmlSyntaxError } from './xml-tree.js';
import type { XmlElement } from './xml-tree.js';

/** One of FileZilla's settings files, understood but not changed. */
export interface FilezillaDocument {
  readonly text: string;
  /** The element `FileZilla3`. */
  readonly root: XmlElement;
  readonly encode: (text: string) => Buffer;
}

/** A settings file and its `~` copy, which exists only if FileZilla was interrupted in a save. */
export interface StoredDocument {
  readonly path: string;
  readonly bytes: Buffer | null;
  readonly copy: Buffer | null;
}

/** The root element of each of FileZilla's XML files. */
const rootName = 'FileZilla3';

/** As FileZilla starts a file of its own; `version` is left out, so that it never looks newer. */
export const emptyDocument = `<?xml version="1.0" encoding="UTF-8"?>\n<${rootName}>\n</${rootName}>\n`;

/** What we use of fast-xml-parser, whose validator is to become a package of its own. */
interface XmlReader {
  readonly XMLValidator: {
    validate(text: string): true | { err: { msg: string; line: number; col: number } };
  };
}
const reader: XmlReader = fastXmlParser;

function positionOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}

/** Why an XML text is not well-formed, or its root element. Two readers must agree that it is. */
function parse(text: string): XmlElement | string {
  const foreign = impossible.exec(text);
  if (foreign !== null) {
    const code = (foreign[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `the character U+${code}, which XML cannot hold (${positionOf(text, foreign.index)})`;
  }
  let root: XmlElement;
  try {
    root = readXmlTree(text);
  } catch (error) {
    if (!(error instanceof XmlSyntaxError)) throw error;
    return `${error.message} (${positionOf(text, error.offset)})`;
  }
  // The second one: what it says of a file that ends too early is no sentence.
  const valid = reader.XMLValidator.validate(text);
  if (valid === true) return root;
  const { msg, line, col } = valid.err;
  return `${msg.replace(/\.$/, '')} (line ${line}, column ${col})`;
}

/** White space may follow the end tag. */
const tailLength = rootName.length + 64;

/**
 * Whether a settings file looks as if FileZilla were saving it: it truncates and writes in place, with
 * the earlier state as a `~` copy beside it.
 */
export function isHalfWritten({ bytes, copy }: StoredDocument): boolean {
  if (bytes === null || bytes.length === 0) return copy !== null;
  const tail = bytes.subarray(-tailLength).toString('latin1').replaceAll('\0', '').trimEnd();
  return !tail.endsWith(`</${rootName}>`) && !tail.endsWith('/>');
}

/** How people get a damaged file back, depending on whether FileZilla kept a copy. */
function repairHint({ path, copy }: StoredDocument): string {
  return copy === null
    ? `put a good copy of ${path} in its place, or move it away so that FileZilla starts a new one, and run the command again`
    : `start FileZilla and open its Site Manager: FileZilla restores the file from ${path}~; then run the command again`;
}

/**
 * Reads one of FileZilla's settings files. A missing or empty file counts as a new one, as it does
 * for FileZilla, unless there is a `~` copy, from which FileZilla would restore what the file held.
 * @throws BaiError `filezilla-copy-pending`, `filezilla-xml-malformed`, `filezilla-xml-root`, and
 *   those of `decodeXml`; nothing may be written then
 */
export function readDocument(stored: StoredDocument): FilezillaDocument {
  const { bytes } = stored;
  const known = bytes === null ? undefined : understood.get(bytes);
  if (known !== undefined) return known;
  const document = understand(stored);
  if (bytes !== null) understood.set(bytes, document);
  return document;
}

/**
 * What has been read, by the bytes of a snapshot, which nobody changes: a plan, and what is told of it,
 * look at the same list several times, and one of 5,000 sites takes a tenth of a second.
 */
const understood = new WeakMap<Buffer, FilezillaDocument>();

function understand(stored: StoredDocument): FilezillaDocument {
  const { path, copy } = stored;
  const bytes = stored.bytes?.length ? stored.bytes : null;
  if (bytes === null && copy?.length) {
    throw new BaiError(
      'filezilla-copy-pending',
      `${path} is ${stored.bytes ? 'empty' : 'missing'}, but FileZilla left a copy of it beside it`,
      `start FileZilla and open its Site Manager, which restores the file from ${path}~; then run the command again`,
    );
  }
  const { text, encode } = decodeXml(bytes ?? Buffer.from(emptyDocument), path);
  const root = parse(text);
  if (typeof root === 'string') {
    throw new BaiError(
      'filezilla-xml-malformed',
      `${path} is not well-formed XML: ${root}`,
      repairHint(stored),
    );
  }
  if (root.name !== rootName) {
    throw new BaiError(
      'filezilla-xml-root',
      `${path} is not a file of FileZilla's: its root element is ${root.name}, not ${rootName}`,
      `move ${path} away, so that FileZilla starts a new one, and run the command again`,
    );
  }
  return { text, root, encode };
}
