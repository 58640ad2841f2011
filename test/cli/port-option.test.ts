import { describe, expect, it } from 'vitest';
import { demoPort, sitePort } from '../../src/cli/port-option.js';

describe('--port', () => {
  it.each(['abc', '80', '65536', '1e4', '0x2710', '-1', '10000.5', '', 'NaN'])(
    'refuses "%s", quoting it',
    (typed) => {
      expect(() => sitePort(typed)).toThrow(
        `--port takes a number from 1025 to 65535, not "${typed}"`,
      );
    },
  );

  it('takes whole numbers in its range', () => {
    expect(sitePort('1025')).toBe(1025);
    expect(sitePort('65535')).toBe(65_535);
    expect(demoPort('0')).toBe(0);
  });
});
