import { readFile, rm } from 'node:fs/promises';
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
