import { access, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { releaseNames } from '../../src/demo/index.js';

const root = new URL('../../', import.meta.url);

describe('docs/compatibility.md', () => {
  it('has a row for each release, and names tests that are there', async () => {
    const text = await readFile(new URL('docs/compatibility.md', root), 'utf8');
    const rows = [...text.matchAll(/^\| (\d\S*) +\|/gm)].map(([, release]) => release);
    expect(rows).toEqual(releaseNames);
    const tests = [...text.matchAll(/`(test\/[^`]+)`/g)].map(([, path]) => path ?? '');
    expect(tests.length).toBeGreaterThan(5);
    for (const path of tests) await access(new URL(path, root));
  });
});
