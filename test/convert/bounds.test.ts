/**
 * Inputs of up to 1 MiB that are made to cost time or memory. Each must end with the module's own
 * error; a quadratic reader would need minutes and run into the test's time limit.
 */
import { expect, test } from 'vitest';
import { der, derInteger, derSequence } from '../../src/convert/der.js';
import { describeKey, KeyError, readPrivateKey } from '../../src/convert/index.js';
import { wireMpint, wireString, wireUint32 } from '../../src/convert/wire.js';
import { opensshFile, pemFile } from './craft.js';

const MiB = 1024 * 1024;
const filled = (text: string) => Buffer.from(text.repeat(Math.floor(MiB / text.length)));
const huge = (bytes: number) => (1n << BigInt(8 * bytes - 1)) + 1n;

const PPK_HEAD = 'PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nComment: ';
const rsa = (n: bigint, p: bigint) => {
  const numbers = [0n, n, 3n, 3n, p, p, 1n, 1n, 1n];
  return pemFile('RSA PRIVATE KEY', derSequence(...numbers.map(derInteger)));
};
const publicRsa = Buffer.concat([wireString('ssh-rsa'), wireMpint(3n), wireMpint(huge(300_000))]);

test.each<[string, Buffer]>([
  ['names of algorithms', filled('ssh-')],
  ['lines of public keys', filled('\tssh- ')],
  ['beginnings of PEM', filled('-----BEGIN A-----')],
  ['beginnings of PuTTY keys', filled('\nPuTTY-User-Key-File-')],
  ['dashes', filled('-')],
  ['blanks', filled(' ')],
  [
    'a PuTTY key of endless lines',
    Buffer.from(`${PPK_HEAD}\nPublic-Lines: 9999999999\n${'\n'.repeat(MiB / 2)}`),
  ],
  ['a PuTTY key with a comment of blanks', Buffer.from(PPK_HEAD + ' '.repeat(MiB / 2))],
  [
    'headers of PEM',
    Buffer.from(
      `-----BEGIN PRIVATE KEY-----\n${'A: b\n'.repeat(200_000)}-----END PRIVATE KEY-----`,
    ),
  ],
  ['RSA primes of 300 kB', rsa(huge(256), huge(300_000))],
  ['an RSA modulus of 300 kB', rsa(huge(300_000), 3n)],
  [
    'an OpenSSH key of 300 kB',
    opensshFile({ publicBlob: publicRsa, section: Buffer.concat([wireUint32(1), wireUint32(1)]) }),
  ],
  [
    'an object identifier of 700 kB',
    pemFile(
      'PRIVATE KEY',
      derSequence(derInteger(0n), derSequence(der(6, Buffer.alloc(700_000, 0x81)))),
    ),
  ],
])('%s', async (_, input) => {
  expect(input.length).toBeLessThanOrEqual(MiB);
  await expect(readPrivateKey(input)).rejects.toThrow(KeyError);
  await expect(describeKey(input)).rejects.toThrow(KeyError);
});
