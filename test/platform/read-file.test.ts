import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  listFiles,
  readFileIfExists,
  readFileIfExistsSync,
  readInputIfExists,
} from '../../src/platform/read-file.js';
import { makePipe, makeSocket, scratch } from './scratch.js';

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
  // The path is said once, by us.
  expect(() => readFileIfExistsSync(below)).toThrow(
    new RegExp(`^cannot read ${below}: ENOTDIR: [a-z ]+$`),
  );
  await expect(readFileIfExists(folder)).rejects.toMatchObject({ code: 'file-is-folder' });
  expect(() => readFileIfExistsSync(folder)).toThrow(`${folder} is a folder`);
});

test('a pipe or a socket is refused, and not waited for', async () => {
  const folder = await scratch();
  const [pipe, socket, link] = ['p', 's', 'l'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  makePipe(pipe);
  await makeSocket(socket);
  await symlink('p', link);
  for (const path of [pipe, socket, link]) {
    await expect(readFileIfExists(path)).rejects.toMatchObject({
      code: 'file-is-special',
      message: `${path} is a device, a pipe or a socket, and a file is wanted`,
    });
    expect(() => readFileIfExistsSync(path)).toThrow('is a device, a pipe or a socket');
  }
});

test('what is only read may be a pipe', async () => {
  const folder = await scratch();
  const pipe = join(folder, 'p');
  makePipe(pipe);
  const [bytes] = await Promise.all([readInputIfExists(pipe), writeFile(pipe, 'x')]);
  expect(bytes).toEqual(Buffer.from('x'));
  expect(await readInputIfExists(join(folder, 'none'))).toBeNull();
  await expect(readInputIfExists(folder)).rejects.toMatchObject({ code: 'file-is-folder' });
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
