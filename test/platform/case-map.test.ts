import { expect, test } from 'vitest';
import { CaseMap, foldCase } from '../../src/platform/case-map.js';

test('keys are compared without regard to case and shown as first stored', () => {
  const map = new CaseMap<number>();
  map.set('HostName', 1).set('hostname', 2).set('Port', 3);
  expect([...map]).toEqual([
    ['HostName', 2],
    ['Port', 3],
  ]);
  expect([map.get('HOSTNAME'), map.has('port'), map.get('User')]).toEqual([2, true, undefined]);
  expect([map.delete('PORT'), map.delete('PORT'), map.size]).toEqual([true, false, 1]);
  map.set('PORT', 4);
  expect([...map.keys()]).toEqual(['HostName', 'PORT']);
  map.clear();
  expect([map.size, map.has('HostName')]).toEqual([0, false]);
});

test('letters without an upper case of their own stay apart, as in the registry', () => {
  const map = new CaseMap<number>();
  map.set('straße', 1).set('STRASSE', 2).set('ÄÖ', 3).set('ﬁ', 4);
  expect([...map.keys()]).toEqual(['straße', 'STRASSE', 'ÄÖ', 'ﬁ']);
  expect([map.get('STRAßE'), map.get('strasse'), map.get('äö'), map.get('FI')]).toEqual([
    1,
    2,
    3,
    undefined,
  ]);
  for (const name of ['ŉß', '한글 😀', 'a\0z{']) expect(foldCase(name)).toHaveLength(name.length);
});
