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
