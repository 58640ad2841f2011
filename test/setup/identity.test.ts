import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import { baiWin, type Outcome } from '../cli/support/bai-win.js';
import { fingerprintTree, makeScratchHome, type ScratchHome } from '../cli/support/scratch-home.js';

let demo: Demo;
let home: ScratchHome;
let ownKey: string;

beforeAll(async () => {
  demo = await startDemo({ only: ['demo-own-key'] });
});
afterAll(() => demo.close());
beforeEach(async () => {
  home = await makeScratchHome();
  ownKey = join(home.path, 'my key');
  await writeFile(ownKey, demo.session('demo-own-key').privateKey, { mode: 0o600 });
});
afterEach(() => home.remove());

const run = (...args: string[]): Promise<Outcome> =>
  baiWin(
    args[0] === 'setup' ? [...args, '--for', 'putty'] : args,
    { ...home.env, ...demo.env },
    { cwd: home.path },
  );

describe('setup with an own key', () => {
  it('is what the message says where the session has no key of its own', async () => {
    const { code, stderr } = await run('setup', 'demo-own-key');
    expect(code).toBe(1);
    expect(stderr).toContain('bai-win setup demo-own-key --identity FILE');
  });

  it('proves the login, remembers the key, and leaves its file as it is', async () => {
    const before = await readFile(ownKey);
    const { code, stderr } = await run('setup', 'demo-own-key', '--identity', 'my key');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(`your own: ${ownKey}`);
    expect(stderr).toMatch(/login {7}work@127\.0\.0\.1/);
    expect(await readFile(ownKey)).toEqual(before);

    expect((await run('setup', 'demo-own-key')).stderr).toContain('everything is up to date');
    expect((await run('remove', 'demo-own-key')).code).toBe(0);
    expect(await readFile(ownKey)).toEqual(before);
  });

  it('speaks of the name where there is no such file', async () => {
    const { stderr } = await run('setup', 'demo-own-key', '--identity', 'nope');
    expect(stderr).toContain(`error: there is no key file ${join(home.path, 'nope')}\n`);
    expect(stderr).toContain('hint: check the name after --identity, or leave it out');
  });

  it('takes it as .ppk too', async () => {
    const ppk = join(home.path, 'mine.ppk');
    await run('convert', ownKey, '-o', ppk);
    const { code, stderr } = await run('setup', 'demo-own-key', '--identity', ppk);
    expect(code, stderr).toBe(0);
  });

  it('says what to do where the key is encrypted or gone, and writes nothing', async () => {
    await run('setup', 'demo-own-key', '--identity', ownKey);
    const fixture = new URL('../../fixtures/keys/rsa2048-pem-encrypted', import.meta.url);
    await writeFile(ownKey, await readFile(fixture));
    const before = await fingerprintTree(home.path);
    const encrypted = await run('setup', 'demo-own-key');
    expect(encrypted.code).toBe(1);
    expect(encrypted.stderr).toContain(`error: the key is protected by a passphrase: ${ownKey}`);
    expect(encrypted.stderr).toContain('bai-win convert FILE makes an encrypted .ppk');
    expect(await fingerprintTree(home.path)).toEqual(before);
    await writeFile(ownKey, 'not a key');
    expect((await run('setup', 'demo-own-key')).stderr).toContain(
      `error: ${ownKey}: this holds no private key`,
    );
    await rm(ownKey);
    expect((await run('setup', 'demo-own-key')).stderr).toContain(
      `error: your own key is not there: ${ownKey}`,
    );
  });
});
