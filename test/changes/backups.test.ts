import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { backUp } from '../../src/changes/backups.js';
import { testHost } from './support.js';

test('keeps the first state and the last four, says where they belong, stores nothing twice', async () => {
  const { paths } = await testHost();
  const subject = '/home/김 철수/.config/filezilla/sitemanager.xml';
  for (const state of ['a', 'a', 'b', 'c', 'b', 'd', 'e', 'e', 'f']) {
    await backUp(paths.backups, subject, Buffer.from(state), '');
  }
  const [folder = ''] = await readdir(paths.backups);
  expect(folder).toMatch(/^sitemanager\.xml-[0-9a-f]{8}$/);
  const inside = join(paths.backups, folder);
  expect((await readdir(inside)).sort()).toEqual(['1', '4', '5', '6', '7', 'belongs-to.txt']);
  const read = (name: string) => readFile(join(inside, name), 'utf8');
  expect(await Promise.all(['1', '4', '5', '6', '7'].map(read))).toEqual(['a', 'b', 'd', 'e', 'f']);
  expect(await read('belongs-to.txt')).toBe(`${subject}\n`);
  expect((await stat(join(inside, '7'))).mode & 0o777).toBe(0o600);
});

test('files of the same name do not meet; keys have names that every file system takes', async () => {
  const { paths } = await testHost();
  await backUp(paths.backups, '/a/config', Buffer.from('a'), '');
  await backUp(paths.backups, '/b/config', Buffer.from('b'), '');
  await backUp(paths.backups, 'HKEY_CURRENT_USER\\X\\a "b"*?%20[c]', Buffer.from('k'), '.reg');
  const folders = (await readdir(paths.backups)).sort();
  expect(folders).toHaveLength(3);
  const key = folders.find((name) => name.startsWith('a_b_20_c')) ?? '';
  expect(await readdir(join(paths.backups, key))).toContain('1.reg');
});
