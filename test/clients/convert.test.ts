/** Unencrypted PuTTY keys are byte for byte what puttygen writes. */
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { derInteger, derSequence } from '../../src/convert/der.js';
import { readPrivateKey, writeOpenssh, writePpk } from '../../src/convert/index.js';
import { bytesToNumber, inverse } from '../../src/convert/numbers.js';
import { encodePem } from '../../src/convert/pem.js';
import { fixture } from '../convert/fixture.js';
import { run, Scratch } from './convert-tools.js';

const scratch = new Scratch();
afterAll(() => {
  scratch.remove();
});

/** What puttygen makes of a key file. */
function puttygen(name: string, version: 2 | 3): string {
  const parameters = ['--reencrypt', '--ppk-param', `version=${version}`];
  run('puttygen', scratch.file(name), '-O', 'private', ...parameters, '-o', scratch.file('ppk'));
  return scratch.read('ppk').toString('latin1');
}

async function expectAgreement(name: string, content: string | Uint8Array): Promise<void> {
  scratch.write(name, content);
  const key = await readPrivateKey(Buffer.from(content));
  for (const version of [2, 3] as const) {
    const ours = (await writePpk(key, { version })).toString('latin1');
    expect(ours).toBe(puttygen(name, version));
  }
}

/** A random RSA key as PKCS#1 PEM, by OpenSSL; swapped, its p is smaller than its q. */
function rsaPem(bits: number, swapped: boolean): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  const text = privateKey.export({ format: 'pem', type: 'pkcs1' }).toString();
  if (!swapped) return text;
  // Read from its text: see `readAgain` in src/demo/keys.ts.
  const jwk = createPrivateKey(text).export({ format: 'jwk' });
  const number = (text = '') => bytesToNumber(Buffer.from(text, 'base64url'));
  const [n, e, d] = [number(jwk.n), number(jwk.e), number(jwk.d)];
  const [q, p] = [number(jwk.p), number(jwk.q)].sort((a, b) => (a > b ? -1 : 1)) as [
    bigint,
    bigint,
  ];
  const numbers = [0n, n, e, d, p, q, d % (p - 1n), d % (q - 1n), inverse(q, p) ?? 0n];
  const pem = encodePem('RSA PRIVATE KEY', derSequence(...numbers.map(derInteger)));
  // OpenSSL must agree that this is a key.
  createPrivateKey(pem);
  return pem;
}

describe('200 random RSA keys', () => {
  const batches = Array.from({ length: 10 }, (_, batch) => batch);

  test.each(batches)('batch %i of 20, every fourth with p < q', async (batch) => {
    for (let index = 0; index < 20; index += 1) {
      const bits = batch === 0 ? 2048 : 1024;
      await expectAgreement('rsa', rsaPem(bits, index % 4 === 3));
    }
  });
});

describe('other types', () => {
  test.each([
    ['ed25519', '256', 8],
    ['ecdsa', '256', 8],
    ['ecdsa', '384', 8],
    ['ecdsa', '521', 8],
    ['dsa', '1024', 4],
    ['rsa', '3072', 2],
  ])('%s of %s bits in the OpenSSH format, %i keys', async (type, bits, keys) => {
    for (let index = 0; index < keys; index += 1) {
      const name = `${type}${bits}-${index}`;
      const comment = ['', 'plain', 'key: of work', '한글 주석'][index % 4] ?? '';
      const file = scratch.file(name);
      run('ssh-keygen', '-q', '-t', type, '-b', bits, '-N', '', '-C', comment, '-f', file);
      await expectAgreement(name, scratch.read(name));
    }
  });

  test.each(['256', '384', '521'])('ECDSA of %s bits in SEC1, 8 keys', async (bits) => {
    for (let index = 0; index < 8; index += 1) {
      const name = `sec1-${bits}-${index}`;
      const options = ['-t', 'ecdsa', '-b', bits, '-m', 'PEM', '-N', '', '-C', ''];
      run('ssh-keygen', '-q', ...options, '-f', scratch.file(name));
      await expectAgreement(name, scratch.read(name));
    }
  });

  test('12 keys of dropbear, some of them with p < q', async () => {
    for (let index = 0; index < 12; index += 1) {
      const [own, converted] = [scratch.file(`dropbear${index}`), `dropbear${index}.openssh`];
      run('dropbearkey', '-t', 'rsa', '-s', '1024', '-f', own);
      run('dropbearconvert', 'dropbear', 'openssh', own, scratch.file(converted));
      await expectAgreement(converted, scratch.read(converted));
    }
  });

  test('Ed448, which only puttygen makes', async () => {
    const file = scratch.file('ed448');
    scratch.write('none', '');
    const options = ['-t', 'eddsa', '-b', '448', '-q', '-C', 'e448', '--new-passphrase'];
    run('puttygen', ...options, scratch.file('none'), '-O', 'private', '-o', file);
    await expectAgreement('ed448', scratch.read('ed448'));
  });

  test('a comment of 5000 characters', async () => {
    const key = await readPrivateKey(fixture('openssh-ed25519'));
    await expectAgreement('long', await writeOpenssh(key, { comment: '한'.repeat(5000) }));
  });
});
