import { expect, test } from 'vitest';
import { decodeText } from '../src/decode-text.js';

const text = 'geheim 비밀 🔑\r\n';
const utf16le = Buffer.from(text, 'utf16le');

test.each([
  ['UTF-8', Buffer.from(text)],
  ['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`)],
  ['UTF-16 of PowerShell', Buffer.concat([Buffer.from([0xff, 0xfe]), utf16le])],
  [
    'UTF-16, the larger byte first',
    Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(utf16le).swap16()]),
  ],
])('%s', (_, bytes) => {
  expect(decodeText(bytes)).toBe(text);
});

test('nothing', () => {
  expect(decodeText(new Uint8Array())).toBe('');
});
