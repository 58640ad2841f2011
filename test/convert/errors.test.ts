/** Every failure of the module: that it happens, what it says, and that no two say the same. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { OID_DSA, OID_RSA } from '../../src/convert/asn1-shapes.js';
import { derInteger, derOid, derSequence } from '../../src/convert/der.js';
import { publicKeyBlob } from '../../src/convert/index.js';
import { failure } from './failure.js';
import { FAILURES } from './failures/all.js';
import { ED25519, pkcs8, read, RSA, rsaNumbers } from './failures/material.js';
import { fixture } from './fixture.js';

describe('each failure has its own code and words', () => {
  test.each(FAILURES)('%s', async (code, words, cause) => {
    const error = await failure(cause());
    expect(error.code).toBe(code);
    expect(error.message).toMatch(words);
    for (const sentence of [error.message, error.hint]) {
      expect(sentence).not.toMatch(/\.$/);
      expect(sentence).toMatch(/^[^A-Z]|^[A-Z]{2}|^PuTTY|^SSH|^Argon2/);
      // A name from a file must not bring a line end or another control character.
      expect(JSON.stringify(sentence)).not.toMatch(/\\u00|\\n/);
    }
  });

  test('no two share a message', async () => {
    const messages = await Promise.all(
      FAILURES.map(async ([, , cause]) => (await failure(cause())).message),
    );
    expect(new Set(messages).size).toBe(messages.length);
  });

  test('none that the sources can throw is missing here', () => {
    const folder = new URL('../../src/convert/', import.meta.url);
    const sources = readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8'));
    const thrown = /(?:KeyError|wrong|refuse|unknownPart)\(\s*'([a-z0-9-]+)'/g;
    const table = /^ {4}'([a-z0-9-]+)',$/gm;
    const codes = sources.flatMap((source) => [
      ...[...source.matchAll(thrown)].map((match) => match[1]),
      ...(source.includes('const STRANGERS')
        ? [...source.matchAll(table)].map((match) => match[1])
        : []),
    ]);
    expect([...new Set(codes)].sort()).toEqual([...new Set(FAILURES.map(([code]) => code))].sort());
  });
});

test.each(['openssh-ed25519-aes256-ctr', 'ed25519-enc-argon2id.ppk'])(
  '%s shows its public half with the request for a passphrase',
  async (name) => {
    const { publicKey } = await failure(read(fixture(name)));
    expect(publicKey?.blob).toEqual(publicKeyBlob(ED25519));
  },
);

test.each([
  ['RSA-PSS', () => fixture('other-rsa-pss.pem')],
  ['ML-DSA-65', () => pkcs8([derOid('2.16.840.1.101.3.4.3.18')], Buffer.alloc(32))],
  ['ML-KEM', () => pkcs8([derOid('2.16.840.1.101.3.4.4.2')], Buffer.alloc(32))],
])('a PKCS#8 key of type %s is refused by name', async (name, make) => {
  expect((await failure(read(make()))).message).toContain(name);
});

test('PKCS#8 without parameters is the same RSA key', async () => {
  const { n, e, d, p, q, iqmp } = rsaNumbers;
  const inner = derSequence(...[0n, n, e, d, p, q, 1n, 1n, iqmp].map(derInteger));
  const key = await read(pkcs8([derOid(OID_RSA)], inner));
  expect(key.private).toEqual(RSA.private);
});

test('a PKCS#8 DSA key whose group is absurd is refused before any power is taken', async () => {
  const group = derSequence(...[3n, 1n << 4000000n, 2n].map(derInteger));
  const huge = pkcs8([derOid(OID_DSA), group], derInteger(5n));
  expect((await failure(read(huge))).code).toBe('dsa-size');
});
