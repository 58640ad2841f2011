import { escapeRegistryName, unescapeName } from '../putty/escape.js';

/** Says that a munged text is Unicode, not of the machine's code page: an escaped U+FEFF. */
const unicodeMark = '%EF%BB%BF';

/** A site's name as WinSCP stores it: PuTTY's escapes of its UTF-8, marked where it is not ASCII. */
export function mungeName(name: string): string {
  const escaped = escapeRegistryName(name);
  return /[^\0-\x7f]/.test(name) ? unicodeMark + escaped : escaped;
}

/** A text value as WinSCP stores it: as a name, but `*` stays. */
export function mungeText(text: string): string {
  return mungeName(text).replaceAll('%2A', '*');
}

/** The text behind a munged one of either kind. */
export function unmunge(munged: string): string {
  return unescapeName(munged.startsWith(unicodeMark) ? munged.slice(unicodeMark.length) : munged);
}
