import { BaiError } from '../../errors.js';

/** The text of an XML file and the way back to bytes; what was not changed keeps its bytes. */
interface DecodedXml {
  /** Without byte order mark. */
  readonly text: string;
  readonly encode: (text: string) => Buffer;
}

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** Byte order marks (Unicode 15, section 23.8) and what they say. */
const marks: readonly { encoding: Encoding; bytes: Buffer }[] = [
  { encoding: 'utf-8', bytes: Buffer.from([0xef, 0xbb, 0xbf]) },
  { encoding: 'utf-16le', bytes: Buffer.from([0xff, 0xfe]) },
  { encoding: 'utf-16be', bytes: Buffer.from([0xfe, 0xff]) },
];

/** Declared encodings that need no other bytes than the ones we write. */
const understood = /^(utf-?8|us-ascii|utf-?16(le|be)?)$/i;

function encodeAs(encoding: Encoding, text: string): Buffer {
  if (encoding === 'utf-8') return Buffer.from(text, 'utf8');
  const bytes = Buffer.from(text, 'utf16le');
  return encoding === 'utf-16le' ? bytes : bytes.swap16();
}

/**
 * Reads an XML file in the encodings that FileZilla reads and that can be written back without loss:
 * UTF-8 with or without byte order mark, and UTF-16 with one.
 * @throws BaiError `xml-undecodable`, `xml-encoding-unknown`
 */
export function decodeXml(bytes: Buffer, path: string): DecodedXml {
  const mark = marks.find((candidate) =>
    bytes.subarray(0, candidate.bytes.length).equals(candidate.bytes),
  );
  const encoding = mark?.encoding ?? 'utf-8';
  const head = mark?.bytes ?? Buffer.alloc(0);
  const body = bytes.subarray(head.length);
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(body);
  } catch (cause) {
    throw new BaiError(
      'xml-undecodable',
      `${path} holds bytes that are not ${encoding.toUpperCase()} text`,
      `open FileZilla's Site Manager: if the list is right there, press OK so that FileZilla writes the file anew; otherwise put a good copy in its place`,
      { cause },
    );
  }
  const declared = /^<\?xml\s[^>]*?\bencoding\s*=\s*["']([^"']*)["']/.exec(text)?.[1];
  if (declared !== undefined && !understood.test(declared)) {
    throw new BaiError(
      'xml-encoding-unknown',
      `${path} declares the encoding ${declared}, which bai-win does not write`,
      `open FileZilla's Site Manager and press OK: FileZilla then writes the file anew in UTF-8`,
    );
  }
  return { text, encode: (changed) => Buffer.concat([head, encodeAs(encoding, changed)]) };
}
