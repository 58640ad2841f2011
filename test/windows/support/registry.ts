import { readFile, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import type { Wine } from './wine.js';

/**
 * What `reg.exe export` writes about a key and all below it, as text with LF line ends; `null` where
 * there is no such key.
 */
export async function exportRegistryKey(wine: Wine, key: string): Promise<string | null> {
  const file = `C:\\export-${randomBytes(4).toString('hex')}.reg`;
  const { code, stdout, stderr } = await wine.run(['reg', 'export', key, file, '/y']);
  if (code === 1 && stdout.includes('Unable to find the specified registry key')) return null;
  if (code !== 0) throw new Error(`reg export failed: ${stdout}${stderr}`);
  const bytes = await readFile(wine.linuxPath(file));
  await rm(wine.linuxPath(file));
  return bytes
    .toString('utf16le')
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n');
}

export const PUTTY_KEY = 'HKEY_CURRENT_USER\\Software\\SimonTatham\\PuTTY';

/** The values of one key, without those below it, as lines of an export; none if there is no key. */
export async function registryValues(wine: Wine, key: string): Promise<string[]> {
  const text = await exportRegistryKey(wine, key);
  const section = text?.split('\n\n').find((part) => part.startsWith(`[${key}]\n`));
  return section?.trimEnd().split('\n').slice(1) ?? [];
}

/** Imports lines of a .reg file, without its header. */
export async function importRegistry(wine: Wine, lines: readonly string[]): Promise<void> {
  const file = `C:\\import-${randomBytes(4).toString('hex')}.reg`;
  const text = ['\uFEFFWindows Registry Editor Version 5.00', '', ...lines, ''].join('\r\n');
  await writeFile(wine.linuxPath(file), Buffer.from(text, 'utf16le'));
  const { code, stdout, stderr } = await wine.run(['reg', 'import', file]);
  if (code !== 0) throw new Error(`reg import failed: ${stdout}${stderr}`);
  await rm(wine.linuxPath(file));
}

/** A text as it stands in a .reg file. */
export function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

/** A number as it stands in a .reg file. */
export function dword(value: number): string {
  return `dword:${value.toString(16).padStart(8, '0')}`;
}
