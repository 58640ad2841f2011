import { copyFile, link, lstat, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makePipe } from '../platform/scratch.js';
import { baiWin, startBaiWin, type Outcome } from './support/bai-win.js';
import { fingerprintTree, makeScratchHome, type ScratchHome } from './support/scratch-home.js';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/keys/${name}`, import.meta.url));

let home: ScratchHome;
beforeEach(async () => {
  home = await makeScratchHome();
  await copyFile(fixture('rsa2048-pem'), join(home.path, 'id_container'));
});
afterEach(() => home.remove());

const run = (args: string[], input?: string): Promise<Outcome> =>
  baiWin(args, home.env, { cwd: home.path, ...(input === undefined ? {} : { input }) });
const read = (name: string): Promise<Buffer> => readFile(join(home.path, name));

describe('bai-win convert', () => {
  it("writes puttygen's file beside the key, readable by its owner alone", async () => {
    const { code, stdout } = await run(['convert', 'id_container']);
    expect([code, stdout]).toEqual([0, '']);
    expect(await read('id_container.ppk')).toEqual(await readFile(fixture('rsa2048-pem.v2.ppk')));
    expect((await stat(join(home.path, 'id_container.ppk'))).mode & 0o777).toBe(0o600);
  });

  it('reads standard input and writes standard output', async () => {
    const { code, stdout } = await run(
      ['convert', '-', '--ppk-version', '3'],
      (await read('id_container')).toString(),
    );
    expect(code).toBe(0);
    expect(stdout).toBe(await readFile(fixture('rsa2048-pem.ppk'), 'latin1'));
  });

  it('reads a key from a pipe, and puts no file in the place of one', async () => {
    const pipe = join(home.path, 'pipe');
    makePipe(pipe);
    const [{ code }] = await Promise.all([
      run(['convert', 'pipe', '-o', 'a.ppk']),
      writeFile(pipe, await read('id_container')),
    ]);
    expect(code).toBe(0);
    expect(await read('a.ppk')).toEqual(await readFile(fixture('rsa2048-pem.v2.ppk')));

    const refused = await run(['convert', 'id_container', '-o', 'pipe', '--force']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toBe(
      `bai-win: error: nothing is written to what is no file: ${pipe} is a device, a pipe or a socket, and a file is wanted\n` +
        'bai-win: hint: for standard output give -o -, else the name of a file\n',
    );
    expect((await lstat(pipe)).isFIFO()).toBe(true);
  });

  it('writes nothing with --dry-run', async () => {
    const before = await fingerprintTree(home.path);
    const { stdout, stderr } = await run(['convert', 'id_container', '--dry-run', '--json']);
    expect(stderr).toContain(`to write    ${join(home.path, 'id_container.ppk')}\n`);
    expect(stderr).toMatch(/this was a dry run: nothing was written\n$/);
    expect(JSON.parse(stdout)).toMatchObject({ dryRun: true, changed: true });
    expect(await fingerprintTree(home.path)).toEqual(before);
  });

  it('takes a passphrase from a file, off again and on', async () => {
    await writeFile(join(home.path, 'passphrase'), 'correct horse\n');
    await run(['convert', 'id_container', '--new-passphrase-file', 'passphrase', '-o', 'a.ppk']);
    expect((await read('a.ppk')).toString()).toContain('Encryption: aes256-cbc');
    const { code } = await run(
      ['convert', 'a.ppk', '--passphrase-stdin', '--decrypt', '-o', 'b.ppk'],
      'correct horse\n',
    );
    expect(code).toBe(0);
    expect(await read('b.ppk')).toEqual(await readFile(fixture('rsa2048-pem.v2.ppk')));
  });

  it('says that a key has no passphrase where one is to be taken off', async () => {
    const none = 'it has no passphrase that could be taken off\n';
    const first = await run(['convert', 'id_container', '--decrypt']);
    expect(first.stderr).toContain(none);
    const second = await run(['convert', 'id_container', '--decrypt']);
    expect(second.stderr).toMatch(new RegExp(`${none}unchanged `, 'u'));
    expect((await run(['convert', 'id_container'])).stderr).not.toContain(none);
  });

  it.each([
    ['in one piece', ['correct horse']],
    ['in pieces, with the end of a line of Windows', ['correct', ' horse', '\r\n']],
    ['with the byte order mark of PowerShell', ['\uFEFFcorrect horse\r\n']],
  ])('takes a passphrase from a pipe, %s', async (_, pieces) => {
    await writeFile(join(home.path, 'passphrase'), 'correct horse\n');
    await run(['convert', 'id_container', '--new-passphrase-file', 'passphrase', '-o', 'a.ppk']);
    const words = ['convert', 'a.ppk', '--passphrase-stdin', '--decrypt', '-o', 'b.ppk'];
    const child = startBaiWin(words, home.env, home.path);
    const ended = once(child, 'close');
    for (const piece of pieces) {
      child.stdin?.write(piece);
      await setTimeout(20);
    }
    // It waits for the end, which a pipe has only when the program before it has ended.
    child.stdin?.end();
    expect(await ended).toEqual([0, null]);
    expect(await read('b.ppk')).toEqual(await readFile(fixture('rsa2048-pem.v2.ppk')));
  });

  it('tells a wrong passphrase from a pipe, and asks for no other', async () => {
    const words = ['key', 'show', fixture('rsa2048-pem-encrypted'), '--passphrase-stdin'];
    const { code, stderr } = await run(words, 'not this one\n');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/error: .*passphrase.*\n.*hint: /u)]);
  });

  it.each([
    ['an empty file', ''],
    ['an empty first line', '\r\ncorrect horse\n'],
    ['a byte order mark alone', '\uFEFF\n'],
  ])('never takes %s for the wish to write without a passphrase', async (_, content) => {
    await writeFile(join(home.path, 'passphrase'), content);
    const before = await fingerprintTree(home.path);
    const { code, stderr } = await run([
      ...['convert', 'id_container', '--new-passphrase-file', 'passphrase', '-o', 'a.ppk'],
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain('error: the new passphrase is empty\n');
    expect(stderr).toContain('--new-passphrase-file');
    expect(await fingerprintTree(home.path)).toEqual(before);
  });

  it.each([[['convert']], [['key', 'upload']]])(
    '%j names the options that give a passphrase',
    async (command) => {
      const { code, stderr } = await run([...command, fixture('rsa2048-pem-encrypted')]);
      expect(code).toBe(1);
      expect(stderr).toContain('is protected by a passphrase\n');
      expect(stderr).toMatch(/hint: .* --passphrase-file FILE, .* --passphrase-stdin\n/);
    },
  );

  it.each([
    [['--argon2-memory', 'x'], '--argon2-memory takes a whole number from 8 to 98304, not "x"'],
    [['--argon2-memory', '99999999999'], 'from 8 to 98304, not "99999999999"'],
    [['--argon2-passes', '0'], '--argon2-passes takes a whole number from 1 to 192, not "0"'],
    [['--argon2-memory', '65536', '--argon2-passes', '25'], 'from 1 to 24, not "25"'],
    [['--argon2-passes', '20'], 'the key would be written without one'],
    [['--argon2-passes', '20', '--ppk-version', '2'], 'version 2 has no Argon2'],
    [['--argon2-passes', '20', '--to', 'openssh'], '--argon2-passes is about .ppk files'],
    [['--ppk-version', '3', '--to', 'pem'], '--ppk-version is about .ppk files'],
  ])('refuses %j, which would do nothing or cannot be done', async (options, message) => {
    const before = await fingerprintTree(home.path);
    const { code, stderr } = await run(['convert', 'id_container', '-o', 'x', ...options]);
    expect(stderr).toContain(message);
    expect(stderr).toContain('hint: ');
    expect(code).toBe(2);
    expect(await fingerprintTree(home.path)).toEqual(before);
  });

  it('guards a passphrase as hard as is wished', async () => {
    await writeFile(join(home.path, 'passphrase'), 'correct horse\n');
    const wish = ['--argon2-memory', '1024', '--argon2-passes', '20'];
    const encrypt = ['--new-passphrase-file', 'passphrase'];
    await run(['convert', 'id_container', ...encrypt, ...wish, '-o', 'a.ppk']);
    expect((await read('a.ppk')).toString()).toMatch(
      /Argon2-Memory: 1024\r?\nArgon2-Passes: 20\r?\n/,
    );
  });

  it.each([
    ['another key', 'ed25519', 'holds something else'],
    ['the same key in another form', 'rsa2048-openssh', 'another passphrase, form or comment'],
  ])('leaves a file alone that holds %s, unless --force', async (_, other, reason) => {
    const target = join(home.path, 'target');
    await copyFile(fixture(other), target);
    const before = await fingerprintTree(home.path);
    const { code, stderr } = await run(['convert', 'id_container', '-o', 'target']);
    expect(code).toBe(1);
    expect(stderr).toContain(reason);
    expect(stderr).toContain('--force');
    expect(await fingerprintTree(home.path)).toEqual(before);
    expect((await run(['convert', 'id_container', '-o', 'target', '--force'])).code).toBe(0);
  });

  it.each(['id_container', './id_container', 'link', 'hard'])(
    'never puts the public half in the place of the key, named %s',
    async (name) => {
      await symlink('id_container', join(home.path, 'link'));
      await link(join(home.path, 'id_container'), join(home.path, 'hard'));
      const before = await fingerprintTree(home.path);
      for (const force of [[], ['--force'], ['--force', '--dry-run']]) {
        const words = ['convert', 'id_container', '--to', 'public', '-o', name, ...force];
        const { code, stderr } = await run(words);
        expect(code).toBe(1);
        expect(stderr).toContain('is the key itself\nbai-win: hint: choose another name with -o;');
        expect(stderr).not.toContain('--force');
        expect(await fingerprintTree(home.path)).toEqual(before);
      }
    },
  );

  it('puts another form in the place of the key with --force, which is not what is hinted at', async () => {
    const words = ['convert', 'id_container', '--to', 'openssh', '-o', 'id_container'];
    expect((await run(words)).stderr).not.toContain('--force');
    expect(await read('id_container')).toEqual(await readFile(fixture('rsa2048-pem')));
    expect((await run([...words, '--force'])).code).toBe(0);
    expect((await read('id_container')).toString()).toContain('BEGIN OPENSSH PRIVATE KEY');
  });

  it.each([
    ['nosuch', 'there is no passphrase file '],
    ['.', ' is a folder, and a file is wanted\n'],
  ])('says what is wrong with the passphrase file %s', async (name, found) => {
    for (const option of ['--passphrase-file', '--new-passphrase-file']) {
      const { stderr } = await run(['convert', 'id_container', '-o', 'x', `${option}=${name}`]);
      expect(stderr).toContain(found);
      expect(stderr).not.toMatch(/ENOENT|EISDIR/);
    }
  });

  it.each([
    ['no such file', ['convert', 'nosuch']],
    ['no key', ['convert', fixture('README.md')]],
    ['a passphrase without a terminal', ['convert', fixture('rsa2048-pem-encrypted'), '-o', 'x']],
    ['the public half', ['convert', fixture('ed25519.pub'), '-o', 'x']],
  ])('says what is wrong with %s', async (_, args) => {
    const before = await fingerprintTree(home.path);
    const { code, stdout, stderr } = await run(args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^bai-win: error: .+\nbai-win: hint: .+\n$/);
    expect(stderr).toContain(args[1]);
    expect(await fingerprintTree(home.path)).toEqual(before);
  });
});

describe('bai-win key show', () => {
  it('names the file that holds no key', async () => {
    const path = fixture('README.md');
    expect((await run(['key', 'show', path])).stderr).toContain(
      `error: ${path}: this holds no key, neither a private nor a public one\n`,
    );
    const piped = await run(['key', 'show', '-'], 'no key');
    expect(piped.stderr).toContain('error: standard input: this holds no key, neither');
  });

  it('describes an encrypted key without its passphrase', async () => {
    const { stdout } = await run(['key', 'show', fixture('ed25519-enc-v2.ppk'), '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'Ed25519',
      bits: 256,
      encrypted: true,
      sha256: expect.stringMatching(/^SHA256:/) as string,
    });
  });
});
