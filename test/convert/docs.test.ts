import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FAILURES } from './failures/all.js';

const root = new URL('../../', import.meta.url);
const docs = readFileSync(new URL('docs/convert.md', root), 'utf8');
const index = readFileSync(new URL('src/convert/index.ts', root), 'utf8');

test('the docs page names everything that is exported', () => {
  const lists = [...index.matchAll(/^export (?:type )?\{([^}]*)\}/gms)].map((match) => match[1]);
  const names = lists.flatMap(
    (list) => (list ?? '').replaceAll(/\btype\b/g, '').match(/\w+/g) ?? [],
  );
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(docs))).toEqual([]);
});

test('the docs page has every error with its code', () => {
  expect(FAILURES.map(([code]) => code).filter((code) => !docs.includes(`\`${code}\``))).toEqual(
    [],
  );
});
