import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startDemo } from '../../src/demo/index.js';
import { baiWin, type Outcome } from '../cli/support/bai-win.js';
import { useDemoAndHome } from './support/demo-and-home.js';

const world = useDemoAndHome();
const { run } = world;

interface KeypairJson {
  publicKey: string | null;
  fingerprint: string | null;
  keepOldKey: { name: string }[];
}

describe('setup of a session with an older key pair than the account has', () => {
  const setup = (session: string): Promise<Outcome> =>
    run('setup', session, '--for', 'putty', '--dry-run', '--json');

  it('says so, and what to type next', async () => {
    const fresh = await setup('demo');
    expect(fresh.stderr).not.toContain('SSH key of your account');
    expect(JSON.parse(fresh.stdout)).toMatchObject({ keyIsOutdated: false });
    await run('key', 'rotate', '--yes');
    const stale = await setup('demo');
    expect(stale.code).toBe(0);
    expect(stale.stderr).toMatch(
      /warning: session demo was started before .* then type: bai-win setup demo\n/,
    );
    expect(JSON.parse(stale.stdout)).toMatchObject({ keyIsOutdated: true });
    await world.demo.replaceSession('demo', { newKey: true });
    expect(JSON.parse((await setup('demo')).stdout)).toMatchObject({ keyIsOutdated: false });
  });

  it('says nothing of a key that the container made for itself, or where the manager does not tell', async () => {
    expect((await setup('demo-dropbear')).stderr).not.toContain('SSH key of your account');
    await run('key', 'rotate', '--yes');
    world.demo.failRequests('internal-error', { target: /ssh-keypair/ });
    const { code, stderr } = await setup('demo');
    world.demo.clearFaults();
    expect(code).toBe(0);
    expect(stderr).not.toContain('SSH key of your account');
  });
});

describe('the key pair at the manager', () => {
  it('is made anew, after saying which sessions keep the old one', async () => {
    const shown = await run('key', 'rotate', '--dry-run', '--json');
    const { publicKey, keepOldKey } = JSON.parse(shown.stdout) as KeypairJson;
    expect(publicKey).toBeNull();
    const names = keepOldKey.map(({ name }) => name);
    expect(names).toContain('demo');
    expect(names).not.toContain('demo-pending');

    const { code, stderr } = await run('key', 'rotate', '--yes');
    expect(code).toBe(0);
    expect(stderr).toMatch(/warning: session demo \([0-9a-f]{8}\) keeps the key/);
    expect(stderr).toMatch(/new key {5}ssh-rsa AAAA.*\n {12}SHA256:/);
  });

  it('is replaced by an own one in any form', async () => {
    const text = generateKeyPairSync('rsa', { modulusLength: 2048 })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString();
    const pem = join(world.home.path, 'mine');
    await writeFile(pem, text);
    await run('convert', pem, '-o', join(world.home.path, 'mine.ppk'));
    const shown = await run('key', 'show', 'mine.ppk', '--json');
    const { sha256 } = JSON.parse(shown.stdout) as { sha256: string };
    const dry = await run('key', 'upload', 'mine.ppk', '--dry-run');
    expect(dry.stderr).toContain(`key         ssh-rsa, ${sha256}\n`);
    expect(dry.stderr).toMatch(/this was a dry run: nothing was written\n$/);
    const { code, stdout, stderr } = await run('key', 'upload', 'mine.ppk', '--yes', '--json');
    expect(code, stderr).toBe(0);
    const { publicKey, fingerprint } = JSON.parse(stdout) as KeypairJson;
    expect(fingerprint).toBe(sha256);
    const [algorithm, blob = ''] = publicKey?.split(' ') ?? [];
    expect(algorithm).toBe('ssh-rsa');
    const modulus = Buffer.from(
      createPrivateKey(text).export({ format: 'jwk' }).n ?? '',
      'base64url',
    );
    expect(Buffer.from(blob, 'base64').includes(modulus)).toBe(true);
    expect(stdout + stderr).not.toContain('PRIVATE');
  });

  it('is made here where it is to be Ed25519, and new sessions log in with it', async () => {
    const rotate = ['key', 'rotate', '--type', 'ed25519', '--yes'];
    const { code, stdout, stderr } = await run(...rotate, '--json');
    expect(code, stderr).toBe(0);
    expect((JSON.parse(stdout) as KeypairJson).publicKey).toMatch(/^ssh-ed25519 AAAA/);
    await world.demo.replaceSession('demo');
    const setup = await run('setup', 'demo', '--for', 'openssh', '--json', '--no-tunnel');
    expect(setup.code, setup.stderr).toBe(0);
    expect(setup.stderr).toMatch(/key {9}ssh-ed25519, /);
    expect(setup.stderr).toMatch(/login {7}work@.* works/);
  });

  it('goes as PKCS#8 to the releases that refuse the form of OpenSSH', async () => {
    const demo = await startDemo({ release: '25.6.0', only: ['demo'] });
    try {
      const env = { ...world.home.env, ...demo.env };
      const rotate = ['key', 'rotate', '--type', 'ed25519', '--yes'];
      const { code, stderr } = await baiWin(rotate, env);
      expect(code, stderr).toBe(0);
      expect(stderr).toMatch(/new key {5}ssh-ed25519 AAAA/);
    } finally {
      await demo.close();
    }
  });

  it('cannot be replaced by an own one at an old manager, which is said', async () => {
    const old = await startDemo({ release: '22.03', only: ['demo'] });
    try {
      const file = join(world.home.path, 'mine');
      await writeFile(file, old.session('demo').privateKey);
      const env = { ...world.home.env, ...old.env };
      const { code, stderr } = await baiWin(['key', 'upload', file, '--yes'], env);
      expect(code).toBe(1);
      expect(stderr).toMatch(/error: Backend\.AI 22\.03.* cannot store a key pair/);
    } finally {
      await old.close();
    }
  });

  it('is not touched without a yes', async () => {
    const { code, stderr } = await run('key', 'rotate');
    expect(code).toBe(1);
    expect(stderr).toContain('hint: if that is meant, add --yes');
    expect((await run('key', 'upload', 'absent')).stderr).toContain('there is no file');
  });
});
