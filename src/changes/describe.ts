import { formatPatch, OMIT_HEADERS, structuredPatch } from 'diff';
import { visibleLine, visibleText } from '../visible-text.js';
import type { Change, FileChange, RegistryValue } from './change.js';
import { subjectOf } from './merge.js';

/** A change without secrets, for `--json`. */
interface ChangeDescription {
  readonly kind: Change['kind'];
  readonly action: 'create' | 'change' | 'remove';
  readonly stage: Change['stage'];
  readonly title: string;
  /** The path, or registry key and value name in one. */
  readonly subject: string;
  /** Unified diff of a text file, `key\value: old -> new`, or a sentence where neither can be shown. */
  readonly text: string;
}

/** What a change will do, for people and scripts. */
export function describeChange(change: Change): ChangeDescription {
  const action = change.before === null ? 'create' : change.after === null ? 'remove' : 'change';
  return {
    kind: change.kind,
    action,
    stage: change.stage,
    title: change.title,
    subject: subjectOf(change),
    text:
      change.kind === 'file'
        ? describeFile(change, action)
        : `${subjectOf(change)}: ${showValue(change, change.before)} -> ${showValue(change, change.after)}\n`,
  };
}

/** The text of all changes, as `--dry-run` prints it: a unified diff for each file, a line for each value. */
export function describeChanges(changes: readonly Change[]): string {
  return changes.map((change) => describeChange(change).text).join('');
}

const ACTIONS = { create: 'new', change: 'changed', remove: 'removed' } as const;

function describeFile(change: FileChange, action: keyof typeof ACTIONS): string {
  const size = (change.after ?? change.before ?? Buffer.alloc(0)).length;
  const summary = `${change.path}: ${ACTIONS[action]}, ${size} bytes`;
  if (change.secret) return `${summary}, secret\n`;
  const [before, after] = [decode(change.before), decode(change.after)];
  if (before === null || after === null) return `${summary}, not text\n`;
  const from = change.before === null ? '/dev/null' : change.path;
  const to = change.after === null ? '/dev/null' : change.path;
  // The headers are made here: the library writes names with a backslash in quotes, doubling them.
  const patch = structuredPatch('', '', before, after, undefined, undefined, { context: 3 });
  const hunks = formatPatch(patch, OMIT_HEADERS);
  // Files of others must not steer the terminal.
  return visibleText(`--- ${from}\n+++ ${to}\n${hidePasswords(hunks)}`);
}

/** The text of a file; `null` where it is not text. Windows programs write UTF-8 or UTF-16 with a mark. */
function decode(bytes: Buffer | null): string | null {
  if (bytes === null) return '';
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  try {
    const text = new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

/**
 * Lines around a change belong to the user's other entries and may hold their passwords: FileZilla's
 * `<Pass>`, `Password=` and `ProxyPassword=` in the settings of PuTTY and WinSCP, `Password\...\` in
 * those of a portable KiTTY.
 */
function hidePasswords(text: string): string {
  return text
    .replace(/(<Pass\b(?:[^>/]|\/(?!>))*>)(?:(?!<\/Pass|\n@@)[^])+/gi, '$1***')
    .replace(/^(.*pass(?:word|phrase)\w*[ \t]*=).+$/gim, '$1***')
    .replace(/^([ +-]\w*pass(?:word|phrase)\w*\\).+$/gim, '$1***');
}

function showValue(change: { readonly name: string }, value: RegistryValue | null): string {
  if (value === null) return '(none)';
  if (value.type === 'dword') return String(value.data);
  if (/pass(word|phrase)/i.test(change.name) && value.data !== '') return '***';
  if (value.type === 'binary') return value.data;
  return `"${visibleLine(value.data)}"`;
}
