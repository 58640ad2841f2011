import { expect, test } from 'vitest';
import { visibleLine, visibleText } from '../src/visible-text.js';

test('what steers a terminal is an escape', () => {
  expect(visibleLine('a\u001b[2J\u0007\u009b\u007f\u202eb\nc\td 세션 👩‍💻')).toBe(
    'a\\u001b[2J\\u0007\\u009b\\u007f\\u202eb\\nc\td 세션 👩‍💻',
  );
});

test('only the ends of lines stay in text of several', () => {
  expect(visibleText('a\r\nb\rc\nd\u001b')).toBe('a\r\nb\\rc\nd\\u001b');
});
