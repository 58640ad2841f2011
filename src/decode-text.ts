/** Byte order marks (Unicode 16.0, section 23.8) of what Windows' own programs write. */
const ENCODINGS = [
  { mark: [0xef, 0xbb, 0xbf], name: 'utf-8' },
  { mark: [0xff, 0xfe], name: 'utf-16le' },
  { mark: [0xfe, 0xff], name: 'utf-16be' },
] as const;

/**
 * Text that a person has written: UTF-8, or what a byte order mark says. `>` of Windows PowerShell 5 and
 * "Unicode" in Notepad write UTF-16.
 */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)?.name ?? 'utf-8').decode(bytes);
}

/** Text that is to be written back, and how. */
export interface EditableText {
  readonly text: string;
  /** The bytes of an edited text, in the encoding and with the mark of the original. */
  readonly encode: (edited: string) => Buffer;
}

/** What `decodeText` reads, where it can be written back byte for byte; else `null`. */
export function editableText(bytes: Uint8Array): EditableText | null {
  const { name = 'utf-8', mark = [] } = encodingOf(bytes) ?? {};
  const text = decodeText(bytes);
  const encode = (edited: string): Buffer => {
    const content = Buffer.from(edited, name === 'utf-8' ? 'utf8' : 'utf16le');
    return Buffer.concat([Buffer.from(mark), name === 'utf-16be' ? content.swap16() : content]);
  };
  return !text.includes('\0') && encode(text).equals(bytes) ? { text, encode } : null;
}

function encodingOf(bytes: Uint8Array): (typeof ENCODINGS)[number] | undefined {
  return ENCODINGS.find(({ mark }) => mark.every((byte, at) => bytes[at] === byte));
}
