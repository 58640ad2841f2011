/**
 * Every type in every container with every cipher, both ways: what the programs write is read, and
 * what is written they read. The numbers are compared, not that it loads.
 */
import { CURVES } from '../../src/convert/algorithms.js';
import { CURVE_NAMES, curveKey } from '../convert/made-keys.js';
import { afterAll, describe, expect, test } from 'vitest';
import {
  describeKey,
  readPrivateKey,
  writeOpenssh,
  writePem,
  writePkcs8,
  writePpk,
} from '../../src/convert/index.js';
import {
  opensslNumbers,
  ourJwk,
  ourNumbers,
  puttygenNumbers,
  run,
  Scratch,
} from './convert-tools.js';

const scratch = new Scratch();
afterAll(() => {
  scratch.remove();
});

const passphrase = 'pass phrase';
const passphraseFile = scratch.write('pass', passphrase);

/** Keys made once: ssh-keygen's type and bits; puttygen makes Ed448. */
const TYPES: Record<string, [string, string]> = {
  rsa: ['rsa', '2048'],
  p256: ['ecdsa', '256'],
  p384: ['ecdsa', '384'],
  p521: ['ecdsa', '521'],
  ed25519: ['ed25519', '256'],
  dsa: ['dsa', '1024'],
};
for (const [name, [type, bits]] of Object.entries(TYPES)) {
  const options = ['-q', '-t', type, '-b', bits, '-N', '', '-C', `한글 ${name}`];
  run('ssh-keygen', ...options, '-f', scratch.file(name));
}
const none = scratch.write('none', '');
const ed448 = ['-t', 'eddsa', '-b', '448', '-q', '-C', 'e', '--new-passphrase', none];
run('puttygen', ...ed448, '-O', 'private', '-o', scratch.file('ed448'));

const NAMES = Object.keys(TYPES);
const ALL = [...NAMES, 'ed448'];
const PEM_NAMES = ['rsa', 'p256', 'p384', 'p521', 'dsa'];
const numbersOf = (name: string) => puttygenNumbers(scratch.file(name));
const keyOf = (name: string) => readPrivateKey(scratch.read(name));

/** puttygen prints the public point of Edwards keys too, which is compared as a blob elsewhere. */
function expectNumbers(found: Map<string, string>, expected: Map<string, string>): void {
  const common = [...expected.keys()].filter((name) => found.has(name));
  expect(common.length).toBeGreaterThanOrEqual(1);
  expect(common.map((name) => found.get(name))).toEqual(common.map((name) => expected.get(name)));
  expect(common.some((name) => name.startsWith('private'))).toBe(true);
}

describe('what ssh-keygen writes', () => {
  const ciphers = run('ssh', '-Q', 'cipher').trim().split('\n');

  test.each(NAMES)('%s with each cipher that ssh has', { timeout: 240_000 }, async (name) => {
    expect(ciphers).toContain('chacha20-poly1305@openssh.com');
    for (const cipher of ciphers) {
      const file = scratch.write('encrypted', scratch.read(name));
      run(
        'ssh-keygen',
        '-q',
        '-p',
        '-f',
        file,
        '-P',
        '',
        '-N',
        passphrase,
        '-a',
        '1',
        '-Z',
        cipher,
      );
      const key = await readPrivateKey(scratch.read('encrypted'), { passphrase });
      expectNumbers(ourNumbers(key), numbersOf(name));
      expect(key.comment?.toString()).toBe(`한글 ${name}`);
    }
  });

  test.each(['16', '100'])('%s rounds of bcrypt', async (rounds) => {
    const file = scratch.write('rounds', scratch.read('ed25519'));
    run('ssh-keygen', '-q', '-p', '-f', file, '-P', '', '-N', passphrase, '-a', rounds);
    const key = await readPrivateKey(scratch.read('rounds'), { passphrase });
    expectNumbers(ourNumbers(key), numbersOf('ed25519'));
  });
});

describe('what puttygen writes', () => {
  test.each(ALL)('%s as PPK with each key derivation', async (name) => {
    const cheap = 'memory=512,passes=2';
    const forms = [
      'version=2',
      ...['argon2id', 'argon2i', 'argon2d'].map((kdf) => `version=3,kdf=${kdf},${cheap}`),
    ];
    for (const parameters of forms) {
      const change = ['--new-passphrase', passphraseFile, '--ppk-param', parameters];
      run(
        'puttygen',
        scratch.file(name),
        '-P',
        ...change,
        '-O',
        'private',
        '-o',
        scratch.file('enc'),
      );
      const key = await readPrivateKey(scratch.read('enc'), { passphrase });
      expectNumbers(ourNumbers(key), numbersOf(name));
    }
  });

  test.each(ALL)('%s in its OpenSSH format', async (name) => {
    for (const secret of [none, passphraseFile]) {
      const change = ['-P', '--new-passphrase', secret, '-O', 'private-openssh-new'];
      run('puttygen', scratch.file(name), ...change, '-o', scratch.file('openssh'));
      const key = await readPrivateKey(scratch.read('openssh'), { passphrase });
      expectNumbers(ourNumbers(key), numbersOf(name));
    }
  });
});

describe('the traditional PEM that puttygen writes', () => {
  test.each(PEM_NAMES)('%s', async (name) => {
    run('puttygen', scratch.file(name), '-O', 'private-openssh', '-o', scratch.file('pem'));
    expectNumbers(ourNumbers(await readPrivateKey(scratch.read('pem'))), numbersOf(name));
  });

  test('ECDSA secrets with the top bit set, which it writes a byte too long', async () => {
    for (const algorithm of CURVE_NAMES) {
      const key = await curveKey(algorithm, 1n << BigInt(CURVES[algorithm].bits - 2));
      const top = await curveKey(algorithm, (1n << BigInt(CURVES[algorithm].bits - 1)) + 1n);
      for (const made of [key, top]) {
        const ppk = scratch.write('top.ppk', await writePpk(made));
        run('puttygen', ppk, '-O', 'private-openssh', '-o', scratch.file('top.pem'));
        const read = await readPrivateKey(scratch.read('top.pem'));
        expect(read.private).toEqual(made.private);
      }
    }
  });
});

describe('what openssl writes', () => {
  const pemOf = (name: string) => {
    const file = scratch.write(`${name}.pem`, scratch.read(name));
    run('ssh-keygen', '-q', '-p', '-m', 'PEM', '-f', file, '-P', '', '-N', '');
    return file;
  };

  test.each(PEM_NAMES)('%s with DEK-Info', async (name) => {
    for (const cipher of ['-des3', '-aes128', '-aes192', '-aes256']) {
      const args = ['-traditional', '-in', pemOf(name), cipher, '-passout', `pass:${passphrase}`];
      const key = await readPrivateKey(Buffer.from(run('openssl', 'pkey', ...args)), {
        passphrase,
      });
      expectNumbers(ourNumbers(key), numbersOf(name));
    }
  });

  test.each(PEM_NAMES)('%s as PKCS#8 with each scheme', async (name) => {
    const schemes = [
      ['-nocrypt'],
      [],
      ...['aes128', 'aes192', 'aes256', 'des3'].map((cipher) => ['-v2', cipher]),
      ...['1', '224', '256', '384', '512'].map((size) => ['-v2prf', `hmacWithSHA${size}`]),
      ['-scrypt'],
      ...['PBE-SHA1-3DES', 'PBE-SHA1-RC2-40', 'PBE-SHA1-RC2-128', 'PBE-MD5-DES'].map((scheme) => [
        '-v1',
        scheme,
        '-provider',
        'legacy',
        '-provider',
        'default',
      ]),
    ];
    const pem = pemOf(name);
    for (const scheme of schemes) {
      const args = ['-topk8', '-in', pem, '-passout', `pass:${passphrase}`, ...scheme];
      const key = await readPrivateKey(Buffer.from(run('openssl', 'pkcs8', ...args)), {
        passphrase,
      });
      expectNumbers(ourNumbers(key), numbersOf(name));
    }
  });
});

describe('what we write', () => {
  test.each(ALL)('%s as PPK, read by puttygen', async (name) => {
    const key = await keyOf(name);
    const cheap = { memory: 512, passes: 2 };
    for (const version of [2, 3] as const) {
      const plain = scratch.write('ours.ppk', await writePpk(key, { version }));
      expectNumbers(puttygenNumbers(plain), ourNumbers(key));
      for (const flavour of ['Argon2id', 'Argon2i', 'Argon2d'] as const) {
        const argon2 = { ...cheap, flavour };
        const ppk = await writePpk(key, { version, passphrase, argon2 });
        const encrypted = scratch.write('encrypted.ppk', ppk);
        expectNumbers(puttygenNumbers(encrypted, passphraseFile), ourNumbers(key));
      }
    }
  });

  test('an encrypted PPK with the default Argon2, read by puttygen', async () => {
    const key = await keyOf('ed25519');
    const file = scratch.write('default.ppk', await writePpk(key, { passphrase }));
    expectNumbers(puttygenNumbers(file, passphraseFile), ourNumbers(key));
    const { encryption } = await describeKey(scratch.read('default.ppk'));
    expect(encryption).toMatch(/^aes256-cbc, Argon2id, 8192 KiB, \d+ passes$/);
  });

  test('an encrypted PPK of version 2 is byte for byte what puttygen writes', async () => {
    const change = ['-P', '--new-passphrase', passphraseFile, '--ppk-param', 'version=2'];
    for (const name of ALL) {
      run('puttygen', scratch.file(name), ...change, '-O', 'private', '-o', scratch.file('enc'));
      const ours = await writePpk(await keyOf(name), { version: 2, passphrase });
      expect(ours.toString()).toBe(scratch.read('enc').toString());
    }
  });

  test.each(ALL)('%s in the OpenSSH format, read by puttygen and ssh-keygen', async (name) => {
    const key = await keyOf(name);
    const plain = scratch.write('ours', await writeOpenssh(key));
    expectNumbers(puttygenNumbers(plain), ourNumbers(key));
    const encrypted = scratch.write('ours-enc', await writeOpenssh(key, { passphrase }));
    expectNumbers(puttygenNumbers(encrypted, passphraseFile), ourNumbers(key));
    if (name === 'ed448') return;
    const line = run('ssh-keygen', '-y', '-P', '', '-f', scratch.file(name));
    expect(run('ssh-keygen', '-y', '-P', '', '-f', plain)).toBe(line);
    expect(run('ssh-keygen', '-y', '-P', passphrase, '-f', encrypted)).toBe(line);
  });

  test.each(PEM_NAMES)('%s in its traditional PEM form is what OpenSSL writes', async (name) => {
    const file = scratch.write('openssl.pem', scratch.read(name));
    run('ssh-keygen', '-q', '-p', '-m', 'PEM', '-f', file, '-P', '', '-N', '');
    expect(writePem(await keyOf(name))).toBe(scratch.read('openssl.pem').toString());
  });

  test.each(ALL.filter((name) => name !== 'dsa'))('%s as PKCS#8, read by OpenSSL', async (name) => {
    const key = await keyOf(name);
    expect(opensslNumbers(await writePkcs8(key))).toEqual(ourJwk(key));
    const encrypted = await writePkcs8(key, { passphrase });
    expect(opensslNumbers(encrypted, passphrase)).toEqual(ourJwk(key));
  });

  test('unencrypted PKCS#8 is byte for byte what openssl writes', async () => {
    for (const name of PEM_NAMES) {
      const pem = scratch.write(`${name}.pem`, writePem(await keyOf(name)));
      const theirs = run('openssl', 'pkcs8', '-topk8', '-nocrypt', '-in', pem);
      expect(await writePkcs8(await keyOf(name))).toBe(theirs);
    }
  });
});
