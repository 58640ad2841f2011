import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listFiles, readFileIfExists, readFileIfExistsSync } from '../../src/platform/read-file.js';
import { scratch } from './scratch.js';

test('bytes of a file, null where there is none', async () => {
  const folder = await scratch();
  await writeFile(join(folder, 'a'), 'x');
  expect(await readFileIfExists(join(folder, 'a'))).toEqual(Buffer.from('x'));
  expect(readFileIfExistsSync(join(folder, 'a'))).toEqual(Buffer.from('x'));
  expect(await readFileIfExists(join(folder, 'b'))).toBeNull();
  expect(readFileIfExistsSync(join(folder, 'b'))).toBeNull();
});

test('what is there and cannot be read is not taken for absent', async () => {
  const folder = await scratch();
  await writeFile(join(folder, 'a'), 'x');
  for (const path of [folder, join(folder, 'a', 'below')]) {
    await expect(readFileIfExists(path)).rejects.toMatchObject({ code: 'file-not-readable' });
    expect(() => readFileIfExistsSync(path)).toThrow(/cannot read/);
  }
});

test('lists files and links, not folders', async () => {
  const folder = await scratch();
  await mkdir(join(folder, 'd'));
  await writeFile(join(folder, 'a'), 'x');
  await symlink('nowhere', join(folder, 'l'));
  expect((await listFiles(folder))?.sort()).toEqual(['a', 'l']);
  expect(await listFiles(join(folder, 'none'))).toBeNull();
  expect(await listFiles(join(folder, 'a'))).toBeNull();
});
