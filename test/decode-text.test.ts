import { expect, test } from 'vitest';
import { decodeText, editableText } from '../src/decode-text.js';

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
  const editable = editableText(bytes);
  expect(editable?.text).toBe(text);
  expect(editable?.encode(text)).toEqual(bytes);
});

test.each([
  ['CP949', Buffer.from([0x23, 0xba, 0xf1, 0xb9, 0xd0, 0x0a])],
  ['half a character of UTF-16', Buffer.from([0xff, 0xfe, 0x41])],
  ['zeros', Buffer.alloc(8)],
])('%s cannot be written back', (_, bytes) => {
  expect(editableText(bytes)).toBeNull();
});

test('nothing', () => {
  expect(decodeText(new Uint8Array())).toBe('');
});
