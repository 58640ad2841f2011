import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Change, Stage } from '../../src/changes/change.js';
import { mergeChanges, sameState, subjectOf } from '../../src/changes/merge.js';
import { dword, fileChange, registryChange, sz } from './support.js';

describe('mergeChanges', () => {
  test('two changes of one file become one', () => {
    const merged = mergeChanges([
      fileChange('/a', 'x', 'y', { title: 'one', stage: 'host-key' }),
      fileChange('/a', 'y', 'z', { title: 'two', stage: 'entry', secret: true, foreign: false }),
    ]);
    expect(merged).toEqual([
      fileChange('/a', 'x', 'z', { title: 'one, two', stage: 'entry', secret: true }),
    ]);
  });

  test('two changes of one registry value become one', () => {
    const merged = mergeChanges([
      registryChange('K', 'n', null, sz('a')),
      registryChange('K', 'n', sz('a'), dword(1)),
    ]);
    expect(merged).toEqual([registryChange('K', 'n', null, dword(1))]);
  });

  test('what changes nothing is dropped', () => {
    expect(
      mergeChanges([
        fileChange('/a', 'x', 'y'),
        fileChange('/b', null, null),
        registryChange('K', 'n', dword(1), dword(1)),
        fileChange('/a', 'y', 'x'),
      ]),
    ).toEqual([]);
  });

  test('changes that do not follow each other are a programming error', () => {
    expect(() => mergeChanges([fileChange('/a', 'x', 'y'), fileChange('/a', 'x', 'z')])).toThrow(
      'two changes do not follow each other: /a',
    );
  });

  test('keys before host keys before entries; removals the other way round', () => {
    const at = (stage: Stage, path: string, after: string | null) =>
      fileChange(path, 'x', after, { stage });
    const merged = mergeChanges([
      at('key-file', '1', null),
      at('host-key', '2', null),
      at('entry', '3', null),
      at('entry', '4', 'y'),
      at('host-key', '5', 'y'),
      at('key-file', '6', 'y'),
      at('key-file', '7', 'y'),
    ]);
    expect(merged.map(subjectOf)).toEqual(['6', '7', '5', '3', '4', '2', '1']);
  });

  test('any run of changes keeps its first before and last after', () => {
    const state = fc.constantFrom(null, 'a', 'b', 'c');
    const step = fc.record({ path: fc.constantFrom('/1', '/2', '/3'), after: state });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const first = new Map<string, string | null>();
        const now = new Map<string, string | null>();
        const changes: Change[] = steps.map(({ path, after }) => {
          const before = now.get(path) ?? null;
          if (!first.has(path)) first.set(path, before);
          now.set(path, after);
          return fileChange(path, before, after);
        });
        const merged = mergeChanges(changes);
        expect(mergeChanges(merged)).toEqual(merged);
        for (const [path, after] of now) {
          const change = merged.find((one) => subjectOf(one) === path);
          expect(change === undefined).toBe(after === first.get(path));
          if (change?.kind === 'file') {
            expect([change.before?.toString() ?? null, change.after?.toString() ?? null]).toEqual([
              first.get(path),
              after,
            ]);
          }
        }
      }),
    );
  });
});

test('sameState', () => {
  expect(sameState(null, null)).toBe(true);
  expect(sameState(null, Buffer.alloc(0))).toBe(false);
  expect(sameState(Buffer.from('a'), Buffer.from('a'))).toBe(true);
  expect(sameState(sz('1'), dword(1))).toBe(false);
  expect(sameState(sz('1'), sz('1'))).toBe(true);
  expect(sameState(sz('a'), { type: 'other', data: 'a' })).toBe(false);
});
