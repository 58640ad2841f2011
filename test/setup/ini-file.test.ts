import fc from 'fast-check';
import { parse } from 'ini';
import { describe, expect, it } from 'vitest';
import { removeIniValues, setIniValues } from '../../src/setup/ini-file.js';

const TEXT = '; mine\n[manager]\nendpoint = x\n; kept\ncolour = blue\n\n[profile a]\nmode = api\n';

describe('setIniValues', () => {
  it('gives package ini back what was set, whatever that is', () => {
    const oneLine = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => !/[\r\n]/.test(text));
    fc.assert(
      fc.property(oneLine, (value) => {
        const text = setIniValues(TEXT, 'profile a', { secret: value });
        expect(parse(text)['profile a']).toEqual({ mode: 'api', secret: value });
      }),
    );
  });

  it('changes one line and keeps the line ends', () => {
    const text = TEXT.replaceAll('\n', '\r\n');
    expect(setIniValues(text, 'manager', { endpoint: 'y' })).toBe(
      text.replace('endpoint = x', 'endpoint = y'),
    );
  });
});

it('leaves each line its own end, and the last one without one if it has none', () => {
  const text = '; mine\r\n[manager]\nendpoint = x\r\n\n[other]\r\n; last';
  const changed = setIniValues(text, 'manager', { endpoint: 'y', mode: 'api' });
  expect(changed).toBe(text.replace('= x\r\n', '= y\r\nmode = api\r\n'));
  expect(removeIniValues(changed, 'manager', ['mode'])).toBe(text.replace('= x', '= y'));
  const added = setIniValues(text, 'other', { mode: 'api' });
  expect(added).toBe(`${text}\r\nmode = api`);
  expect(removeIniValues(added, 'other', ['mode'])).toBe(text);
});

it('undoes what was set, whatever the text', () => {
  const line = fc.constantFrom('a = 1', '; c', '', ' ', '[manager]', '\rx', 'y\r', 'mode = web');
  const lines = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n')));
  fc.assert(
    fc.property(lines, line, fc.constantFrom('manager', 'b'), (pairs, last, section) => {
      const text = pairs.flat().join('') + last;
      fc.pre(!text.includes(`[${section}]`));
      const set = setIniValues(text, section, { mode: 'api', secret: 's' });
      expect(set.startsWith(text)).toBe(true);
      expect(removeIniValues(set, section, ['mode', 'secret'])).toBe(text);
    }),
  );
});

describe('removeIniValues', () => {
  it('takes out what it is told, and leaves comments and other values', () => {
    expect(removeIniValues(TEXT, 'manager', ['endpoint'])).toBe(TEXT.replace('endpoint = x\n', ''));
  });

  it('takes the heading along with the last value', () => {
    expect(removeIniValues(TEXT, 'profile a', ['mode'])).toBe(
      '; mine\n[manager]\nendpoint = x\n; kept\ncolour = blue\n',
    );
    expect(removeIniValues('[manager]\nmode = api\n', 'manager', ['mode'])).toBe('');
  });

  it('undoes what was set', () => {
    for (const text of ['', TEXT, TEXT.replaceAll('\n', '\r\n')]) {
      const set = setIniValues(text, 'profile b', { mode: 'api', secret: 's' });
      expect(removeIniValues(set, 'profile b', ['mode', 'secret'])).toBe(text);
    }
  });

  it('leaves a text without that section alone', () => {
    expect(removeIniValues(TEXT, 'profile b', ['mode'])).toBe(TEXT);
  });
});
