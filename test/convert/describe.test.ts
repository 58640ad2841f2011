import { describe, expect, test } from 'vitest';
import { describeKey } from '../../src/convert/index.js';
import { fixture } from './fixture.js';

const ED25519 = {
  type: 'Ed25519',
  algorithm: 'ssh-ed25519',
  bits: 256,
  secret: true,
  comment: 'flip me',
};
const PASSPHRASE = { passphrase: 'secret passphrase' };

describe('describeKey', () => {
  test.each([
    ['openssh-ed25519', { ...ED25519, format: 'OpenSSH private key', encryption: null }],
    ['ed25519-flip.ppk', { ...ED25519, format: 'PuTTY key, version 3', encrypted: false }],
    ['rsa1024.v2.ppk', { format: 'PuTTY key, version 2', type: 'RSA', bits: 1024 }],
    ['pkcs1-rsa1024.pem', { format: 'PKCS#1 RSA key', type: 'RSA', bits: 1024, comment: null }],
    ['sec1-p521.pem', { format: 'SEC1 EC key', type: 'ECDSA', bits: 521 }],
    ['dsa1024.pem', { format: 'OpenSSL DSA key', type: 'DSA', bits: 1024 }],
    ['pkcs8-ed448.pem', { format: 'PKCS#8 key', type: 'Ed448', bits: 448 }],
  ])('%s', async (name, expected) => {
    expect(await describeKey(fixture(name))).toMatchObject(expected);
  });

  test.each([
    ['openssh-ed25519-aes256-ctr', 'aes256-ctr, bcrypt, 1 rounds', null],
    ['openssh-ed25519-chacha20-poly1305', 'chacha20-poly1305@openssh.com, bcrypt, 1 rounds', null],
    ['ed25519-enc-argon2id.ppk', 'aes256-cbc, Argon2id, 64 KiB, 2 passes', 'flip me'],
  ])('%s without its passphrase, from the public half', async (name, encryption, comment) => {
    const open = await describeKey(fixture('openssh-ed25519'));
    expect(await describeKey(fixture(name))).toEqual({
      ...open,
      format: expect.any(String) as string,
      encrypted: true,
      encryption,
      comment,
    });
  });

  test.each([
    ['pkcs1-rsa1024-aes128.pem', 'PKCS#1 RSA key', 'AES-128-CBC'],
    ['pkcs8-ed25519-default.pem', 'encrypted PKCS#8 key', 'password-based, PKCS#8'],
  ])('%s without its passphrase shows nothing of the key', async (name, format, encryption) => {
    const nothing = { type: null, algorithm: null, bits: null, comment: null, sha256: null };
    const expected = { ...nothing, md5: null, format, secret: true, encrypted: true, encryption };
    expect(await describeKey(fixture(name))).toEqual(expected);
  });

  test('with the passphrase everything is shown', async () => {
    const { sha256 } = await describeKey(fixture('pkcs1-rsa1024.pem'));
    const opened = await describeKey(fixture('pkcs1-rsa1024-aes128.pem'), PASSPHRASE);
    expect(opened).toMatchObject({ encrypted: true, type: 'RSA', sha256 });
  });

  test.each([
    ['public-openssh.pub', 'OpenSSH public key', 'Ed25519', 'flip me'],
    ['public-rfc4716', 'RFC 4716 public key', 'RSA', 'imported-openssh-key'],
    ['public-rsa.pem', 'PEM public key', 'RSA', null],
    ['public-rsa-pkcs1.pem', 'PEM public key', 'RSA', null],
    ['public-ed25519.pem', 'PEM public key', 'Ed25519', null],
  ])('%s is described as a public half', async (name, format, type, comment) => {
    expect(await describeKey(fixture(name))).toMatchObject({
      ...{ format, type, comment, secret: false, encrypted: false },
      sha256: expect.stringMatching(/^SHA256:/) as string,
    });
  });

  test('all forms of one public half have its fingerprint', async () => {
    const names = ['pkcs1-rsa1024.pem', 'public-rfc4716', 'public-rsa.pem', 'public-rsa-pkcs1.pem'];
    const found = await Promise.all(names.map(async (name) => describeKey(fixture(name))));
    expect(new Set(found.map(({ sha256 }) => sha256)).size).toBe(1);
  });

  test('survives JSON unchanged, and holds nothing secret', async () => {
    const found = await describeKey(fixture('openssh-ed25519'));
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    expect(Object.keys(found).sort()).toEqual(
      ['algorithm', 'bits', 'comment', 'encrypted', 'encryption', 'format', 'md5', 'secret']
        .concat(['sha256', 'type'])
        .sort(),
    );
  });
});
