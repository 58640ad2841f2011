import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MemorySnapshot } from '../../src/changes/memory-snapshot.js';
import { takeSnapshot } from '../../src/changes/take-snapshot.js';
import { dword, HKCU, sz, testHost } from './support.js';

const none = { files: [], directories: [], registryKeys: [] };

describe('takeSnapshot', () => {
  test('files that are there and that are not', async () => {
    const { root, registry } = await testHost();
    await writeFile(join(root, 'a'), 'x');
    const [a, b] = [join(root, 'a'), join(root, 'no', 'b')];
    const now = await takeSnapshot({ ...none, files: [a, b, a] }, registry);
    expect([now.file(a), now.file(b)]).toEqual([Buffer.from('x'), null]);
    expect(() => now.file(join(root, 'c'))).toThrow('the snapshot was not taken of');
  });

  test('a file that cannot be read is an error', async () => {
    const { root, registry } = await testHost();
    await expect(takeSnapshot({ ...none, files: [root] }, registry)).rejects.toMatchObject({
      code: 'file-is-folder',
    });
  });

  test('directories, and the files in them', async () => {
    const { root, registry } = await testHost();
    await mkdir(join(root, 'd', 'sub'), { recursive: true });
    for (const name of ['z', 'a', 'm']) await writeFile(join(root, 'd', name), name);
    const missing = join(root, 'missing');
    const now = await takeSnapshot({ ...none, directories: [join(root, 'd'), missing] }, registry);
    expect(now.directory(join(root, 'd'))).toEqual(['a', 'm', 'z']);
    expect(now.directory(missing)).toBeNull();
    expect(now.file(join(root, 'd', 'm'))).toEqual(Buffer.from('m'));
    expect(now.file(join(root, 'd', 'none'))).toBeNull();
    expect(now.file(join(missing, 'x'))).toBeNull();
    expect(() => now.file(join(root, 'd', 'sub', 'x'))).toThrow('was not taken');
    expect(() => now.directory(root)).toThrow('was not taken');
  });

  test('registry keys with all below them, exported once', async () => {
    const { registry } = await testHost();
    const sessions = `${HKCU}\\PuTTY\\Sessions`;
    registry
      .set(`${sessions}\\a%20b`, { Port: dword(22), Host: sz('h') })
      .set(`${sessions}\\한글`, { Bytes: { type: 'other', data: 'hex(2):00,00' } })
      .set(`${HKCU}\\PuTTY2`, { x: sz('y') });
    const asked: string[] = [];
    const spy = {
      exportKey: (key: string) => {
        asked.push(key);
        return registry.exportKey(key);
      },
      importFile: () => Promise.reject(new Error('read only')),
    };
    const registryKeys = [
      `${HKCU}\\putty\\sessions\\x`,
      `${HKCU}\\PuTTY`,
      `${HKCU}\\None`,
      `${HKCU}\\PuTTY`,
    ];
    const now = await takeSnapshot({ ...none, registryKeys }, spy);
    expect(asked.sort()).toEqual([`${HKCU}\\None`, `${HKCU}\\PuTTY`]);
    expect(now.registrySubkeys(`${HKCU}\\PuTTY`)).toEqual(['Sessions']);
    expect(now.registrySubkeys(sessions.toLowerCase())).toEqual(['a%20b', '한글']);
    expect(now.registryKey(`${sessions}\\A%20B`)?.get('PORT')).toEqual(dword(22));
    expect(now.registryKey(`${sessions}\\한글`)?.size).toBe(0);
    expect(now.registryKey(`${HKCU}\\None`)).toBeNull();
    expect(now.registryKey(`${HKCU}\\PuTTY\\None`)).toBeNull();
    expect(() => now.registryKey(`${HKCU}\\PuTTY2`)).toThrow('was not taken');
  });

  test('without a registry every key is absent', async () => {
    const now = await takeSnapshot({ ...none, registryKeys: [HKCU] }, null);
    expect(now.registryKey(HKCU)).toBeNull();
    expect(now.registrySubkeys(HKCU)).toEqual([]);
  });
});

test('a snapshot in memory knows Windows paths on any machine', () => {
  const now = new MemorySnapshot({
    files: [['C:\\a\\b', Buffer.from('x')]],
    directories: [['C:\\a', ['b', 'c']]],
    registryRoots: [HKCU],
    registryKeys: [[`${HKCU}\\A\\B`, [['n', sz('v')]]]],
  });
  expect(now.file('C:\\a\\b')?.toString()).toBe('x');
  expect(now.file('C:\\a\\z')).toBeNull();
  expect(now.directory('C:\\a')).toEqual(['b', 'c']);
  expect(now.registrySubkeys(HKCU)).toEqual(['A']);
  expect(now.registryKey(`${HKCU}\\A`)?.size).toBe(0);
});

test('keys below one whose upper case would be longer are listed whole', () => {
  const root = `${HKCU}\\Straße`;
  const now = new MemorySnapshot({
    registryRoots: [root],
    registryKeys: [[`${root}\\demo`, [['n', sz('x')]]]],
  });
  expect(now.registrySubkeys(root)).toEqual(['demo']);
});
