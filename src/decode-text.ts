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
  const known = ENCODINGS.find(({ mark }) => mark.every((byte, at) => bytes[at] === byte));
  return new TextDecoder(known?.name ?? 'utf-8').decode(bytes);
}
