import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { removeFile, temporaryName, writeFileAtomic } from '../../src/platform/atomic-write.js';
import { makePipe, makeSocket, scratch } from './scratch.js';

const bytes = (text: string): Buffer => Buffer.from(text);
const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o7777;
const systemError = (code: string): Error => Object.assign(new Error(code), { code });

describe('writeFileAtomic', () => {
  test('a new file is private, and nothing else is left', async () => {
    const folder = await scratch();
    await writeFileAtomic(join(folder, 'a'), bytes('one'));
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('one');
    expect(await mode(join(folder, 'a'))).toBe(0o600);
    expect(await readdir(folder)).toEqual(['a']);
  });

  test('an existing file keeps its mode; one with a secret does not', async () => {
    const path = join(await scratch(), 'a');
    await writeFile(path, 'old');
    await chmod(path, 0o664);
    await writeFileAtomic(path, bytes('new'));
    expect([await readFile(path, 'utf8'), await mode(path)]).toEqual(['new', 0o664]);
    await writeFileAtomic(path, bytes('secret'), { private: true });
    expect([await readFile(path, 'utf8'), await mode(path)]).toEqual(['secret', 0o600]);
  });

  test('the mode of a new file can be told', async () => {
    const path = join(await scratch(), 'a');
    await writeFileAtomic(path, bytes('x'), { mode: 0o644 });
    expect(await mode(path)).toBe(0o644);
  });

  test('the temporary file is private before it has content', async () => {
    const path = join(await scratch(), 'a');
    await writeFile(path, 'old');
    await chmod(path, 0o644);
    let seen: number | undefined;
    await writeFileAtomic(path, bytes('secret'), {
      private: true,
      rename: async (from, to) => {
        seen = await mode(from);
        await rename(from, to);
      },
    });
    expect(seen).toBe(0o600);
  });

  test('symlinks stay, their target is written', async () => {
    const folder = await scratch();
    await mkdir(join(folder, 'dotfiles'));
    await writeFile(join(folder, 'dotfiles', 'config'), 'old');
    await symlink('dotfiles/config', join(folder, 'one'));
    await symlink(join(folder, 'one'), join(folder, 'two'));
    await writeFileAtomic(join(folder, 'two'), bytes('new'));
    expect(await readFile(join(folder, 'dotfiles', 'config'), 'utf8')).toBe('new');
    expect(await readlink(join(folder, 'one'))).toBe('dotfiles/config');
    expect((await lstat(join(folder, 'two'))).isSymbolicLink()).toBe(true);
    expect(await readdir(join(folder, 'dotfiles'))).toEqual(['config']);
  });

  test('a symlink to a file that is not there yet makes that file', async () => {
    const folder = await scratch();
    await mkdir(join(folder, 'dotfiles'));
    await symlink('dotfiles/config', join(folder, 'link'));
    await writeFileAtomic(join(folder, 'link'), bytes('new'));
    expect(await readFile(join(folder, 'dotfiles', 'config'), 'utf8')).toBe('new');
    expect((await lstat(join(folder, 'link'))).isSymbolicLink()).toBe(true);
  });

  test('a link counts from where it really is, also below a linked folder', async () => {
    const folder = await scratch();
    await mkdir(join(folder, 'dotfiles', 'ssh'), { recursive: true });
    await symlink('dotfiles/ssh', join(folder, '.ssh'));
    await symlink('../shared', join(folder, 'dotfiles', 'ssh', 'config'));
    await writeFile(join(folder, 'dotfiles', 'shared'), 'mine');
    await writeFile(join(folder, 'shared'), 'of another program');
    const path = join(folder, '.ssh', 'config');
    expect(await readFile(path, 'utf8')).toBe('mine');
    await writeFileAtomic(path, bytes('changed'));
    expect(await readFile(path, 'utf8')).toBe('changed');
    expect(await readFile(join(folder, 'shared'), 'utf8')).toBe('of another program');
    await removeFile(path);
    expect(await readdir(folder)).toContain('shared');
  });

  test('a symlink to itself is told', async () => {
    const folder = await scratch();
    await symlink('b', join(folder, 'a'));
    await symlink('a', join(folder, 'b'));
    await expect(writeFileAtomic(join(folder, 'a'), bytes('x'))).rejects.toMatchObject({
      code: 'symlink-loop',
    });
  });

  test('a write-protected file is refused and stays', async () => {
    const folder = await scratch();
    await writeFile(join(folder, 'a'), 'old');
    await chmod(join(folder, 'a'), 0o444);
    await expect(writeFileAtomic(join(folder, 'a'), bytes('new'))).rejects.toMatchObject({
      code: 'file-read-only',
    });
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('old');
  });

  test('what is no file is refused and stays, behind a link too', async () => {
    const folder = await scratch();
    makePipe(join(folder, 'pipe'));
    await makeSocket(join(folder, 'socket'));
    await mkdir(join(folder, 'folder'));
    await symlink('pipe', join(folder, 'link'));
    const before = await readdir(folder);
    for (const name of ['pipe', 'socket', 'link', 'folder']) {
      const path = join(folder, name);
      const code = name === 'folder' ? 'file-is-folder' : 'file-is-special';
      await expect(writeFileAtomic(path, bytes('x'))).rejects.toMatchObject({ code });
      await expect(removeFile(path)).rejects.toMatchObject({ code });
    }
    expect(await readdir(folder)).toEqual(before);
    expect((await lstat(join(folder, 'pipe'))).isFIFO()).toBe(true);
    expect((await lstat(join(folder, 'socket'))).isSocket()).toBe(true);
  });

  test('where the rename fails, the old content stays and no temporary file', async () => {
    const folder = await scratch();
    await writeFile(join(folder, 'a'), 'old');
    const write = writeFileAtomic(join(folder, 'a'), bytes('new'), {
      rename: () => Promise.reject(systemError('EBUSY')),
    });
    await expect(write).rejects.toMatchObject({
      code: 'file-not-written',
      message: `cannot write ${join(folder, 'a')}: EBUSY`,
      hint: 'close the program that has the file open, or see who may write to its folder',
    });
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['a']);
  });

  test('a missing folder is told', async () => {
    const folder = join(await scratch(), 'missing');
    await expect(writeFileAtomic(join(folder, 'a'), bytes('x'))).rejects.toMatchObject({
      message: `cannot write ${join(folder, 'a')}: there is no folder ${folder}`,
    });
  });

  test('a file in place of the folder is told', async () => {
    const file = join(await scratch(), 'file');
    await writeFile(file, '');
    await expect(writeFileAtomic(join(file, 'a'), bytes('x'))).rejects.toMatchObject({
      message: `cannot write ${join(file, 'a')}: ${file} is no folder`,
    });
  });

  test('what the system says is told without our temporary file', async () => {
    const path = join(await scratch(), 'a');
    const write = writeFileAtomic(path, bytes('x'), {
      rename: (from) => rename(from, join(dirname(path), 'missing', 'a')),
    });
    await expect(write).rejects.toMatchObject({
      message: `cannot write ${path}: ENOENT: no such file or directory`,
    });
  });

  test('a full disk has its own hint', async () => {
    const path = join(await scratch(), 'a');
    const write = writeFileAtomic(path, bytes('x'), {
      rename: () => Promise.reject(systemError('ENOSPC')),
    });
    await expect(write).rejects.toMatchObject({
      hint: 'make room on the disk, then run the command again',
    });
  });

  test('a temporary file of that name, left by a crash, is replaced', async () => {
    const folder = await scratch();
    await writeFile(join(folder, temporaryName('7')), 'half');
    await writeFileAtomic(join(folder, 'a'), bytes('x'), { temporaryName: temporaryName('7') });
    expect(await readdir(folder)).toEqual(['a']);
  });
});

describe('removeFile', () => {
  test('removes a file, and is content where there is none', async () => {
    const path = join(await scratch(), 'a');
    await writeFile(path, 'x');
    await removeFile(path);
    await removeFile(path);
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('removes what a symlink leads to, and leaves the link', async () => {
    const folder = await scratch();
    await writeFile(join(folder, 'real'), 'x');
    await symlink('real', join(folder, 'link'));
    await removeFile(join(folder, 'link'));
    expect(await readdir(folder)).toEqual(['link']);
  });

  test('what cannot be removed is told', async () => {
    const file = join(await scratch(), 'file');
    await writeFile(file, '');
    await expect(removeFile(join(file, 'd'))).rejects.toMatchObject({ code: 'file-not-removed' });
  });
});
