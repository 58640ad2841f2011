/** Text of XML 1.0: escaping what we write, understanding what is there. */

/** A character that XML 1.0 can hold (section 2.2); halves of surrogate pairs cannot. */
function possible(char: string): boolean {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x20) return char === '\t' || char === '\n' || char === '\r';
  return (code < 0xd800 || code > 0xdfff) && code !== 0xfffe && code !== 0xffff;
}

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
  return Array.from(text, (char) => escapes[char] ?? (possible(char) ? char : '\ufffd')).join('');
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
