import type { Snapshot } from '../../changes/snapshot.js';
import { findRegistryValue } from '../registry.js';

/** Where Windows says, as `ACP`, which code page programs use that know no Unicode. */
export const codePageKey = 'HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Nls\\CodePage';

/** What the Encoding Standard, whose decoders Node has, calls the code pages of Windows. */
const encodings: Readonly<Record<string, string>> = {
  '874': 'windows-874',
  '932': 'shift_jis',
  '936': 'gbk',
  '949': 'euc-kr',
  '950': 'big5',
  ...Object.fromEntries([...Array(9).keys()].map((n) => [`125${n}`, `windows-125${n}`])),
};

/** Text in the code page of the machine; in UTF-8 where Windows names none that is known. */
export function decodeAnsi(bytes: Buffer, now: Snapshot): string {
  const codePage = findRegistryValue(now, codePageKey, 'ACP')?.value.data ?? '';
  return new TextDecoder(encodings[codePage] ?? 'utf-8', { ignoreBOM: true }).decode(bytes);
}
