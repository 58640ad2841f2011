import { TextDecoder } from 'node:util';
import type { Snapshot } from '../../changes/snapshot.js';
import { findRegistryValue } from '../registry.js';
import { UnwritableClient } from '../unwritable-client.js';

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

/** What the decoders of Node 20 miss: Microsoft's syllables beyond EUC-KR, and signs beyond Latin-1. */
const missed: Readonly<Record<string, RegExp>> = {
  '949': /[\uac00-\ud7a3]/,
  '1252': /[€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]/,
};

const codePageOf = (now: Snapshot): string =>
  String(findRegistryValue(now, codePageKey, 'ACP')?.value.data ?? '');

/** Text in the code page of the machine; in UTF-8 where Windows names none that is known. */
export function decodeAnsi(bytes: Buffer, now: Snapshot): string {
  return decoderOf(encodings[codePageOf(now)] ?? 'utf-8').decode(bytes);
}

const decoderOf = (encoding: string): TextDecoder => new TextDecoder(encoding, { ignoreBOM: true });

/** The characters outside ASCII that a code page has: those that its bytes, alone or in twos, stand for. */
function charactersOf(encoding: string): Set<string> {
  const sequences: number[] = [];
  for (let first = 0x80; first <= 0xff; first++) {
    sequences.push(first, 0x0a);
    for (let second = 0x40; second <= 0xff; second++) sequences.push(first, second, 0x0a);
  }
  const all = new Set(decoderOf(encoding).decode(Buffer.from(sequences)));
  all.delete('\ufffd');
  return all;
}

/**
 * For clients that read their settings in the code page of the machine: what it lacks is a question mark to
 * them, and a file of such a name is not found.
 *
 * @throws UnwritableClient `client-code-page`
 */
export function refuseBeyondCodePage(
  client: { readonly id: string; readonly title: string },
  texts: readonly string[],
  now: Snapshot,
): void {
  const foreign = texts.filter((text) => /[^\0-\x7f]/.test(text));
  const codePage = codePageOf(now);
  const encoding = encodings[codePage];
  if (foreign.length === 0 || encoding === undefined) return;
  const known = charactersOf(encoding);
  const isKnown = (char: string): boolean =>
    char <= '\x7f' || known.has(char) || missed[codePage]?.test(char) === true;
  const beyond = foreign.find((text) => !Array.from(text).every(isKnown));
  if (beyond === undefined) return;
  throw new UnwritableClient(
    client.id,
    'client-code-page',
    `${client.title} cannot use "${beyond}": it reads no letters that the code page of this computer (${codePage}) lacks`,
    'let BAI_WIN_HOME name a folder with an ASCII path; with --putty-proxy, Node.js and bai-win need such folders too',
  );
}
