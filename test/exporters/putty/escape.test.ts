import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  escapeFileName,
  escapeRegistryName,
  unescapeName,
} from '../../../src/exporters/putty/escape.js';

// From PuTTY 0.74–0.85 on Windows and Unix: names as typed, and as they are stored.
test.each([
  ['bai-demo', 'bai-demo', 'bai-demo'],
  ['my session', 'my%20session', 'my%20session'],
  ['a\\b*c?d%e', 'a%5Cb%2Ac%3Fd%25e', 'a%5Cb%2Ac%3Fd%25e'],
  ['.hidden', '%2Ehidden', '.hidden'],
  ['a.b', 'a.b', 'a.b'],
  ['a/b:c&d"e~f[g]\'', 'a/b:c&d"e~f[g]\'', 'a%2Fb%3Ac%26d%22e%7Ef%5Bg%5D%27'],
  ['학', '%ED%95%99', '%ED%95%99'],
  ['tab\t', 'tab%09', 'tab%09'],
  ['Default Settings', 'Default%20Settings', 'Default%20Settings'],
])('%s', (name, registry, file) => {
  expect(escapeRegistryName(name)).toBe(registry);
  expect(escapeFileName(name)).toBe(file);
});

test('unescaping undoes both', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      expect(unescapeName(escapeRegistryName(name))).toBe(name);
      expect(unescapeName(escapeFileName(name))).toBe(name);
    }),
  );
});

test('a stray percent sign is read as it stands', () => {
  expect(unescapeName('100%')).toBe('100%');
  expect(unescapeName('%zz')).toBe('%zz');
});
