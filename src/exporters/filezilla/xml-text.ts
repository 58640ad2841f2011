/** Text of XML 1.0: escaping what we write, understanding what is there. */

/** A character that XML 1.0 cannot hold (section 2.2); halves of surrogate pairs are such. */
export const impossible = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** A text as element content, as FileZilla writes it; impossible characters become U+FFFD. */
export function escapeXml(text: string): string {
  return Array.from(
    text,
    (char) => escapes[char] ?? (impossible.test(char) ? '\ufffd' : char),
  ).join('');
}

/** The text that escaped content stands for; unknown entities stay, line ends become LF. */
export function unescapeXml(text: string): string {
  if (!/[&\r]/.test(text)) return text;
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|([a-z]+));/g, (all, hex, decimal, name) => {
      if (typeof name === 'string') return entities[name] ?? all;
      const code = typeof hex === 'string' ? Number.parseInt(hex, 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : all;
    });
}
