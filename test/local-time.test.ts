import { expect, test } from 'vitest';
import { localTime, withLocalTimes } from '../src/local-time.js';

// In the zone of whoever runs this: the parts are given as they are there.
const when = new Date(2026, 2, 1, 4, 5, 9, 12);

test('a time is shown as it is where the person is', () => {
  expect(localTime(when)).toBe('2026-03-01 04:05:09');
});

test('the times of a log are shown so, and nothing else in it is touched', () => {
  const at = when.toISOString();
  expect(withLocalTimes(`${at} demo: until ${at}, 2026-03-01\n${at} x\n`)).toBe(
    '2026-03-01 04:05:09 demo: until 2026-03-01 04:05:09, 2026-03-01\n2026-03-01 04:05:09 x\n',
  );
  expect(withLocalTimes('9999-99-99T99:99:99.999Z')).toBe('9999-99-99T99:99:99.999Z');
});
