import { describe, expect, test } from 'vitest';
import { publicKeyBlob, readPrivateKey, type PrivateKey } from '../../src/convert/index.js';
import { failure } from './failure.js';
import { fixture } from './fixture.js';

const PASSPHRASE = 'secret passphrase';

/** Families of one key each: the plain container first, then the same key in the others. */
const FAMILIES: Record<string, { plain: string[]; encrypted: string[] }> = {
  'RSA-1024': {
    plain: ['pkcs1-rsa1024.pem', 'pkcs8-rsa.pem', 'openssh-rsa1024', 'rsa1024.v2.ppk'],
    encrypted: [
      ...['des3', 'aes128', 'aes192', 'aes256'].map((cipher) => `pkcs1-rsa1024-${cipher}.pem`),
      'pkcs8-rsa-default.pem',
      'rsa1024-enc-v2.ppk',
    ],
  },
  'P-256 in SEC1': {
    plain: ['sec1-p256.pem', 'sec1-p256-compressed.pem', 'sec1-p256-no-public.pem', 'pkcs8-ec.pem'],
    encrypted: ['sec1-p256-aes128.pem'],
  },
  'DSA-1024': { plain: ['dsa1024.pem', 'pkcs8-dsa.pem'], encrypted: [] },
  'Ed25519 in PKCS#8': {
    plain: ['pkcs8-ed25519.pem'],
    encrypted: [
      ...['default', 'aes128', 'aes192', 'aes256', 'des3', 'scrypt'],
      ...['hmacWithSHA1', 'hmacWithSHA224', 'hmacWithSHA384', 'hmacWithSHA512'],
      ...['PBE-SHA1-3DES', 'PBE-SHA1-2DES', 'PBE-SHA1-RC2-40', 'PBE-SHA1-RC2-128'],
      ...['PBE-MD5-DES', 'PBE-SHA1-DES', 'PBE-MD5-RC2-64', 'PBE-SHA1-RC2-64'],
    ].map((scheme) => `pkcs8-ed25519-${scheme}.pem`),
  },
  'Ed25519 in OpenSSH and PuTTY': {
    plain: ['openssh-ed25519', 'ed25519-flip.ppk'],
    encrypted: [
      ...['3des-cbc', 'aes128-cbc', 'aes192-cbc', 'aes256-cbc', 'aes128-ctr', 'aes192-ctr'],
      ...['aes256-ctr', 'aes128-gcm', 'aes256-gcm', 'chacha20-poly1305'],
    ]
      .map((cipher) => `openssh-ed25519-${cipher}`)
      .concat(['argon2id', 'argon2i', 'argon2d'].map((kdf) => `ed25519-enc-${kdf}.ppk`)),
  },
};

function sameKey(one: PrivateKey, other: PrivateKey): void {
  expect(publicKeyBlob(one)).toEqual(publicKeyBlob(other));
  expect(one.private).toEqual(other.private);
}

describe.each(Object.entries(FAMILIES))('%s', { timeout: 60_000 }, (_, { plain, encrypted }) => {
  const first = readPrivateKey(fixture(plain[0] ?? ''));

  test.each(plain)('%s is that key', async (name) => {
    sameKey(await readPrivateKey(fixture(name)), await first);
  });

  test.each(encrypted)('%s is that key with its passphrase', async (name) => {
    sameKey(await readPrivateKey(fixture(name), { passphrase: PASSPHRASE }), await first);
  });

  test.each(encrypted)('%s asks for its passphrase', async (name) => {
    expect(await failure(readPrivateKey(fixture(name)))).toMatchObject({
      code: 'passphrase-needed',
    });
  });

  test.each(encrypted)('%s refuses another passphrase', async (name) => {
    const wrong = readPrivateKey(fixture(name), { passphrase: 'another' });
    expect(await failure(wrong)).toMatchObject({ code: 'passphrase-wrong' });
  });
});

test.each([
  ['rsa2048-enc-v3.ppk', 'correct horse', 'rsa2048-pem'],
  ['rsa2048-enc-v2.ppk', 'battery staple', 'rsa2048-pem'],
  ['ed25519-enc-v2.ppk', 'battery staple', 'ed25519'],
  ['ed25519-enc-v3-argon2i.ppk', 'correct horse', 'ed25519'],
])('%s with the passphrase "%s" is %s', async (name, passphrase, plain) => {
  const key = await readPrivateKey(fixture(name), { passphrase });
  sameKey(key, await readPrivateKey(fixture(plain)));
});

test.each([
  ['rsa2048-pem-encrypted', 'ssh-rsa'],
  ['ed25519-openssh-encrypted', 'ssh-ed25519'],
])('%s, as ssh-keygen encrypts by default, is read', async (name, algorithm) => {
  const key = await readPrivateKey(fixture(name), { passphrase: PASSPHRASE });
  expect(key.algorithm).toBe(algorithm);
});

test.each([
  ['openssh-p256', 256],
  ['openssh-p384', 384],
  ['openssh-p521', 521],
  ['sec1-p521.pem', 521],
])('%s is read', async (name, bits) => {
  expect((await readPrivateKey(fixture(name))).algorithm).toBe(`ecdsa-sha2-nistp${bits}`);
});

test.each(['pkcs8-ed448.pem', 'ed448.ppk'])('%s is an Ed448 key', async (name) => {
  expect((await readPrivateKey(fixture(name))).algorithm).toBe('ssh-ed448');
});
