import { describe, expect, test } from 'vitest';
import {
  convertKey,
  describeKey,
  holdsSameKey,
  readPrivateKey,
  suggestedName,
  type Target,
} from '../../src/convert/index.js';
import { failure } from './failure.js';
import { fixture } from './fixture.js';

const PASSPHRASE = { passphrase: 'secret passphrase' };
const cheap = { memory: 64, passes: 1 };

describe('convertKey', () => {
  test('writes an unencrypted PPK of version 2 where nothing else is asked', async () => {
    const { bytes, secret, encrypted } = await convertKey(fixture('rsa2048-pem'));
    expect(bytes.toString()).toBe(fixture('rsa2048-pem.v2.ppk').toString());
    expect({ secret, encrypted }).toEqual({ secret: true, encrypted: false });
  });

  test.each<[Target, RegExp]>([
    ['ppk', /^PuTTY-User-Key-File-2: ssh-rsa\n/],
    ['openssh', /^-----BEGIN OPENSSH PRIVATE KEY-----\n/],
    ['pem', /^-----BEGIN RSA PRIVATE KEY-----\n/],
    ['pkcs8', /^-----BEGIN PRIVATE KEY-----\n/],
    ['public', /^ssh-rsa AAAA\S+\n$/],
  ])('to %s', async (to, expected) => {
    const { bytes, publicKey } = await convertKey(fixture('pkcs1-rsa1024.pem'), { to });
    expect(bytes.toString()).toMatch(expected);
    expect(await holdsSameKey(bytes, publicKey)).toBe(true);
  });

  test('gives back the PEM file that a PPK was made of', async () => {
    const ppk = await convertKey(fixture('rsa2048-pem'));
    const pem = await convertKey(ppk.bytes, { to: 'pem' });
    expect(pem.bytes.toString()).toBe(fixture('rsa2048-pem').toString());
  });

  test('keeps an encrypted key encrypted with the same passphrase, as PuTTYgen does', async () => {
    const input = fixture('pkcs1-rsa1024-aes128.pem');
    const { bytes, encrypted } = await convertKey(input, { ...PASSPHRASE, argon2: cheap });
    expect(encrypted).toBe(true);
    expect(bytes.toString()).toMatch(/^PuTTY-User-Key-File-3: .*\nEncryption: aes256-cbc\n/);
    await expect(readPrivateKey(bytes, PASSPHRASE)).resolves.toBeDefined();
  });

  test('takes the passphrase off only where that is asked', async () => {
    const input = fixture('rsa1024-enc-v2.ppk');
    const { bytes, encrypted } = await convertKey(input, { ...PASSPHRASE, newPassphrase: null });
    expect(encrypted).toBe(false);
    expect(bytes.toString()).toBe(fixture('rsa1024.v2.ppk').toString());
  });

  test('puts a passphrase on', async () => {
    const options = { newPassphrase: 'new', version: 2 } as const;
    const { bytes } = await convertKey(fixture('openssh-ed25519'), options);
    expect((await failure(readPrivateKey(bytes))).code).toBe('passphrase-needed');
    await expect(readPrivateKey(bytes, { passphrase: 'new' })).resolves.toBeDefined();
  });

  test('does not put an old passphrase on a key that had none', async () => {
    const { encrypted } = await convertKey(fixture('openssh-ed25519'), { passphrase: 'unused' });
    expect(encrypted).toBe(false);
  });

  test.each(['openssh-ed25519-aes256-ctr', 'ed25519-enc-argon2id.ppk'])(
    'writes the public half of %s without its passphrase',
    async (name) => {
      const { bytes, secret } = await convertKey(fixture(name), { to: 'public' });
      const expected = fixture('public-openssh.pub').toString().split(' ').slice(0, 2).join(' ');
      expect(bytes.toString().startsWith(expected)).toBe(true);
      expect(secret).toBe(false);
    },
  );

  test('needs the passphrase where the container hides the public half', async () => {
    const promise = convertKey(fixture('pkcs1-rsa1024-aes128.pem'), { to: 'public' });
    expect((await failure(promise)).code).toBe('passphrase-needed');
  });

  test('takes another comment', async () => {
    const options = { to: 'public', comment: 'laptop' } as const;
    const { bytes } = await convertKey(fixture('openssh-ed25519'), options);
    expect(bytes.toString()).toMatch(/ laptop\n$/);
    const ppk = await convertKey(fixture('openssh-ed25519'), { comment: 'laptop' });
    expect((await describeKey(ppk.bytes)).comment).toBe('laptop');
  });

  test('the same input gives the same output in every unencrypted form', async () => {
    for (const to of ['ppk', 'openssh', 'pkcs8', 'public'] as const) {
      const [one, other] = await Promise.all(
        [1, 2].map(async () => convertKey(fixture('openssh-ed25519'), { to })),
      );
      expect(one?.bytes).toEqual(other?.bytes);
    }
  });
});

describe('holdsSameKey', () => {
  const key = convertKey(fixture('openssh-ed25519'), { to: 'public' });

  test.each([
    ['openssh-ed25519', true],
    ['openssh-ed25519-aes256-gcm', true],
    ['ed25519-enc-argon2i.ppk', true],
    ['public-openssh.pub', true],
    ['ed25519', false],
    ['pkcs8-ed25519-default.pem', false],
    ['other-der', false],
  ])('%s: %s', async (name, expected) => {
    expect(await holdsSameKey(fixture(name), (await key).publicKey)).toBe(expected);
  });
});

describe('suggestedName', () => {
  test.each<[string, Target, string]>([
    ['id_container', 'ppk', 'id_container.ppk'],
    ['key.pem', 'ppk', 'key.ppk'],
    ['key.ppk', 'openssh', 'key'],
    ['key.ppk', 'public', 'key.pub'],
    ['key.ppk', 'ppk', 'key.converted.ppk'],
    ['id_rsa', 'openssh', 'id_rsa.converted'],
    ['key.pem', 'pkcs8', 'key.converted.pem'],
    ['.ppk', 'ppk', '.ppk.ppk'],
    ['my.key.v1', 'pkcs8', 'my.key.v1.pem'],
  ])('%s to %s is %s', (name, to, expected) => {
    expect(suggestedName(name, to)).toBe(expected);
  });
});
