import { chmod, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  ensurePrivateDirectory,
  isPrivateDirectory,
  restrictToOwner,
} from '../../src/platform/private-files.js';
import type { ProgramRunner } from '../../src/platform/run-program.js';
import { scratch } from './scratch.js';

const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o7777;

/** Windows' programs as far as they are asked; `codes` are the exit codes of icacls. */
function fakeWindows(whoami: string, icaclsExitCode = 0) {
  const calls: (readonly string[])[] = [];
  const run: ProgramRunner = (file, args) => {
    const program = file.split('\\').at(-1) ?? '';
    calls.push([program, ...args]);
    return Promise.resolve({
      exitCode: program === 'icacls.exe' ? icaclsExitCode : 0,
      stdout: Buffer.from(program === 'whoami.exe' ? whoami : '', 'latin1'),
      stderr: Buffer.alloc(0),
    });
  };
  return { calls, host: { platform: 'win32' as const, run } };
}

describe('ensurePrivateDirectory', () => {
  test('makes all missing folders with mode 0700', async () => {
    const path = join(await scratch(), 'a', 'b');
    await ensurePrivateDirectory(path);
    expect(await mode(path)).toBe(0o700);
    expect(await mode(join(path, '..'))).toBe(0o700);
    expect(isPrivateDirectory(path)).toBe(true);
    expect(isPrivateDirectory(join(path, 'below'))).toBe(true);
    expect(isPrivateDirectory(join(path, '..'))).toBe(false);
  });

  test('tightens one that others can read', async () => {
    const path = join(await scratch(), 'a');
    await mkdir(path);
    await chmod(path, 0o755);
    await ensurePrivateDirectory(path);
    expect(await mode(path)).toBe(0o700);
  });

  test('makes it again when it was removed meanwhile', async () => {
    const root = await scratch();
    const path = join(root, 'a', 'b');
    const { calls, host } = fakeWindows('"a","S-1-5-21-9"');
    await ensurePrivateDirectory(path, host);
    await rm(join(root, 'a'), { recursive: true });
    await ensurePrivateDirectory(path, host);
    expect(calls.filter(([program]) => program === 'icacls.exe')).toHaveLength(2);
    expect((await stat(path)).isDirectory()).toBe(true);
  });

  test('a file in its place is told', async () => {
    const path = join(await scratch(), 'a');
    await writeFile(path, 'x');
    await expect(ensurePrivateDirectory(path)).rejects.toMatchObject({
      code: 'directory-not-created',
    });
  });

  test('Windows: an inherited ACL of the SID alone, set once, before folders inside', async () => {
    const path = join(await scratch(), 'a');
    const { calls, host } = fakeWindows('"\x81\x95\\\xb1\xe8 \xc3\xb6","S-1-5-21-1-2-3-1001"\r\n');
    await ensurePrivateDirectory(path, host);
    await ensurePrivateDirectory(path, host);
    await ensurePrivateDirectory(join(path, 'keys'), host);
    expect(calls).toEqual([
      ['whoami.exe', '/user', '/fo', 'csv', '/nh'],
      ['icacls.exe', path, '/inheritance:r', '/grant:r', '*S-1-5-21-1-2-3-1001:(OI)(CI)F'],
    ]);
  });

  test('Windows: a refusal is an error, and the folder does not count as private', async () => {
    const path = join(await scratch(), 'a');
    const { host } = fakeWindows('"a","S-1-5-21-9"\r\n', 1359);
    await expect(ensurePrivateDirectory(path, host)).rejects.toMatchObject({
      code: 'access-not-restricted',
    });
    expect(isPrivateDirectory(path)).toBe(false);
  });
});

describe('restrictToOwner', () => {
  test('a file has no rights to inherit', async () => {
    const { calls, host } = fakeWindows('"host\\user","S-1-5-21-7"\r\n');
    await restrictToOwner('C:\\a b\\key', 'file', host);
    expect(calls[1]).toEqual([
      'icacls.exe',
      'C:\\a b\\key',
      '/inheritance:r',
      '/grant:r',
      '*S-1-5-21-7:F',
    ]);
  });

  test('where whoami knows no SID, the rights are those of the owner', async () => {
    const { calls, host } = fakeWindows('HOST\\root\r\n');
    await restrictToOwner('C:\\x', 'file', host);
    expect(calls[1]?.at(-1)).toBe('*S-1-3-4:F');
  });
});
