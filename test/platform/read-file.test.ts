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
  const below = join(folder, 'a', 'below');
  await expect(readFileIfExists(below)).rejects.toMatchObject({ code: 'file-not-readable' });
  expect(() => readFileIfExistsSync(below)).toThrow(/cannot read/);
  await expect(readFileIfExists(folder)).rejects.toMatchObject({ code: 'file-is-folder' });
  expect(() => readFileIfExistsSync(folder)).toThrow(`${folder} is a folder`);
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
