import { BaiError } from '../errors.js';
import { CaseMap } from './case-map.js';

/**
 * The text form of the registry, version 5.00, as `reg.exe` exports and imports it: UTF-16LE with a
 * byte order mark, CRLF. Microsoft, "How to add, modify, or delete registry subkeys and values by
 * using a .reg file" (KB 310516). In values `\` and `"` are escaped; in `[key]` lines nothing is.
 */
const SIGNATURE = 'Windows Registry Editor Version 5.00';

/** A value's data. `other` stands for the types that we never write; its text is as exported. */
export type RegData =
  | { readonly type: 'sz'; readonly data: string }
  | { readonly type: 'dword'; readonly data: number }
  /** Hexadecimal. */
  | { readonly type: 'binary'; readonly data: string }
  | { readonly type: 'other'; readonly data: string };

/** A key with all keys below it: full key path to values by name; the name `''` is the default value. */
export type RegTree = CaseMap<CaseMap<RegData>>;

export type RegEdit =
  | {
      readonly kind: 'set';
      readonly key: string;
      readonly name: string;
      readonly value: Exclude<RegData, { type: 'other' }>;
    }
  | { readonly kind: 'delete-value'; readonly key: string; readonly name: string }
  /** With all keys below it. */
  | { readonly kind: 'delete-key'; readonly key: string };

/**
 * Reads what `reg.exe export` wrote.
 * @throws BaiError where it is not that
 */
export function parseRegFile(bytes: Buffer): RegTree {
  const text = bytes.toString('utf16le');
  if (!text.startsWith(`\uFEFF${SIGNATURE}`)) {
    throw unreadable('it does not begin with the mark of version 5.00 in UTF-16');
  }
  const tree: RegTree = new CaseMap();
  let values: CaseMap<RegData> | undefined;
  const scan = { text, at: SIGNATURE.length + 1 };
  for (; scan.at < text.length; scan.at++) {
    const char = text[scan.at];
    if (char === '\r' || char === '\n') continue;
    if (char === '[') {
      const line = takeLine(scan);
      if (!line.endsWith(']')) throw unreadable(`a key line does not end: ${line}`);
      const key = line.slice(1, -1);
      values = tree.get(key) ?? new CaseMap();
      tree.set(key, values);
    } else if ((char === '"' || char === '@') && values !== undefined) {
      const name = char === '@' ? '' : takeQuoted(scan);
      if (char === '@') scan.at++;
      if (text[scan.at] !== '=') throw unreadable(`no "=" after the value name ${name}`);
      scan.at++;
      values.set(name, takeData(scan));
    } else {
      throw unreadable(`a line is neither key nor value: ${takeLine(scan)}`);
    }
  }
  return tree;
}

interface Scan {
  readonly text: string;
  at: number;
}

/** The rest of the line; stops at its end. */
function takeLine(scan: Scan): string {
  const newline = scan.text.indexOf('\n', scan.at);
  const end = newline < 0 ? scan.text.length : newline;
  const line = scan.text.slice(scan.at, end);
  scan.at = end;
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/**
 * Wine writes line ends and NUL escaped; Windows writes them as they are, over several lines, and
 * escapes nothing but `\` and `"`, so that each can be read without knowing who wrote.
 */
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', '0': '\0' };

/** A quoted text; stops after the closing quote. */
function takeQuoted(scan: Scan): string {
  const parts: string[] = [];
  let from = scan.at + 1;
  for (let at = from; at < scan.text.length; at++) {
    const char = scan.text[at];
    if (char === '"') {
      parts.push(scan.text.slice(from, at));
      scan.at = at + 1;
      return parts.join('');
    }
    if (char === '\\') {
      const escaped = scan.text[at + 1] ?? '';
      parts.push(scan.text.slice(from, at), ESCAPES[escaped] ?? escaped);
      at++;
      from = at + 1;
    }
  }
  throw unreadable('a quoted text does not end');
}

function takeData(scan: Scan): RegData {
  if (scan.text[scan.at] === '"') {
    const data = takeQuoted(scan);
    const rest = takeLine(scan);
    if (rest.trim() !== '') throw unreadable(`something follows a quoted text: ${rest}`);
    return { type: 'sz', data };
  }
  let data = takeLine(scan);
  // Long hexadecimal data goes on over lines that end in a backslash.
  while (data.endsWith('\\') && scan.at < scan.text.length) {
    scan.at++;
    data = data.slice(0, -1) + takeLine(scan).trimStart();
  }
  const dword = /^dword:([0-9a-f]{1,8})$/i.exec(data);
  if (dword !== null) return { type: 'dword', data: Number.parseInt(dword[1] ?? '', 16) };
  const bytes = /^hex:([0-9a-f]{2}(?:,[0-9a-f]{2})*)?$/i.exec(data);
  if (bytes !== null) return { type: 'binary', data: (bytes[1] ?? '').replaceAll(',', '') };
  const text = /^hex\(1\):([0-9a-f]{2}(?:,[0-9a-f]{2})*)?$/i.exec(data);
  if (text !== null) {
    const decoded = Buffer.from((text[1] ?? '').replaceAll(',', ''), 'hex').toString('utf16le');
    const content = decoded.endsWith('\0') ? decoded.slice(0, -1) : decoded;
    if (!content.includes('\0')) return { type: 'sz', data: content };
  }
  return { type: 'other', data };
}

function unreadable(what: string): BaiError {
  return new BaiError(
    'registry-export-not-understood',
    `cannot understand what reg.exe exported: ${what}`,
    'export the key by hand with regedit and look at it; nothing was changed',
  );
}

/** A .reg file for `reg.exe import` that makes these edits in this order. */
export function formatRegFile(edits: readonly RegEdit[]): Buffer {
  const lines = [SIGNATURE];
  let open: string | undefined;
  for (const edit of edits) {
    if (/[\r\n]/.test(edit.key)) throw new Error(`a line end in a registry key: ${edit.key}`);
    if (edit.kind === 'delete-key') {
      lines.push('', `[-${edit.key}]`);
      open = undefined;
      continue;
    }
    if (edit.key !== open) {
      lines.push('', `[${edit.key}]`);
      open = edit.key;
    }
    const name = edit.name === '' ? '@' : quote(edit.name);
    lines.push(`${name}=${edit.kind === 'set' ? formatData(edit.value) : '-'}`);
  }
  return Buffer.from(`\uFEFF${lines.join('\r\n')}\r\n\r\n`, 'utf16le');
}

function formatData(value: Exclude<RegData, { type: 'other' }>): string {
  if (value.type === 'dword') return `dword:${value.data.toString(16).padStart(8, '0')}`;
  if (value.type === 'binary') return `hex:${separated(value.data)}`;
  // Control characters cannot be quoted; the same type written as bytes holds anything.
  if (!/\p{Cc}/u.test(value.data)) return quote(value.data);
  return `hex(1):${separated(Buffer.from(`${value.data}\0`, 'utf16le').toString('hex'))}`;
}

/** Hexadecimal bytes as such a file has them. */
function separated(bytes: string): string {
  return bytes.replace(/..(?=.)/g, '$&,');
}

function quote(text: string): string {
  if (/[\r\n\0]/.test(text)) throw new Error(`a line end in a registry value name: ${text}`);
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
