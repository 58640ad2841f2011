import { expect, test } from 'vitest';
import { nearest } from '../src/nearest.js';

const WORDS = ['up', 'down', 'setup', 'sessions', 'status', 'show', 'undo', 'logs', 'login', 'key'];

test.each([
  ['setpu', 'setup'],
  ['sesions', 'sessions'],
  ['stat', 'status'],
  ['shwo', 'show'],
  ['kye', 'key'],
  ['udno', 'undo'],
  ['Status', 'status'],
])('%s means %s', (typed, meant) => {
  expect(nearest(typed, WORDS)).toBe(meant);
});

test.each(['ls', 'rm', 'xyzzy', '', 'u', 'filezilla'])('%j means none', (typed) => {
  expect(nearest(typed, WORDS)).toBeUndefined();
});
