/**
 * How PuTTY writes names of sessions and hosts where the storage does not take every character
 * (windows/utils/escape_registry_key.c, unix/storage.c: make_session_filename).
 */

const hex = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;

/** The bytes of a text as PuTTY sees them, one character a byte. */
const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/**
 * A name as the last part of a registry key, or of a value in PuTTY's host key cache on Windows.
 * Escaped are blanks, `\ * ? %`, everything outside printable ASCII, and a dot in front. Use ASCII
 * names: of others PuTTY expects the bytes of the machine's own code page, not UTF-8.
 */
export function escapeRegistryName(name: string): string {
  return bytes(name).replace(/^\.|[\\*?% ]|[^\x21-\x7e]/g, (char) => hex(char.charCodeAt(0)));
}

/** A name as a file name below `sessions/` on Unix: all but `A-Z a-z 0-9 + - . @ _` is escaped. */
export function escapeFileName(name: string): string {
  return bytes(name).replace(/[^A-Za-z0-9+\-.@_]/g, (char) => hex(char.charCodeAt(0)));
}

/** The bytes behind an escaped name of either kind; `%` without two digits stays as it is. */
export function unescapeBytes(escaped: string): Buffer {
  const raw = bytes(escaped).replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return Buffer.from(raw, 'latin1');
}

/** The same as text, for names in UTF-8. */
export function unescapeName(escaped: string): string {
  return unescapeBytes(escaped).toString('utf8');
}
