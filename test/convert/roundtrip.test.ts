/** What is written is read back as the very same key: for random keys, and for awkward ones. */
import fc from 'fast-check';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { CURVES, EDWARDS } from '../../src/convert/algorithms.js';
import { der, derInteger, derOctets, derOid, derSequence } from '../../src/convert/der.js';
import {
  publicKeyBlob,
  publicKeyLine,
  readPrivateKey,
  writeOpenssh,
  writePem,
  writePkcs8,
  writePpk,
  type PrivateKey,
} from '../../src/convert/index.js';
import { bytesToNumber } from '../../src/convert/numbers.js';
import { encodePem } from '../../src/convert/pem.js';
import {
  CURVE_NAMES,
  curveKey,
  EDWARDS_NAMES,
  edwardsKey,
  rsaPem,
  swappedRsaPem,
} from './made-keys.js';
import { fixture } from './fixture.js';

/** On a loaded machine; a key derivation or 15 random keys take a second on an idle one. */
const SLOW = { timeout: 120_000 };
const RUNS = { numRuns: 15 };
const passphrase = 'pass phrase 한글';
const cheap = { memory: 64, passes: 1 };

async function expectSame(
  written: Buffer | string,
  key: PrivateKey,
  secret?: string,
): Promise<void> {
  const options = secret === undefined ? {} : { passphrase: secret };
  const read = await readPrivateKey(Buffer.from(written), options);
  expect(publicKeyBlob(read)).toEqual(publicKeyBlob(key));
  expect(read.private).toEqual(key.private);
}

/** Every form that costs little. */
async function expectEveryForm(key: PrivateKey): Promise<void> {
  await expectSame(await writePpk(key, { version: 2 }), key);
  await expectSame(await writePpk(key, { version: 3 }), key);
  await expectSame(await writePpk(key, { version: 2, passphrase }), key, passphrase);
  await expectSame(await writePpk(key, { passphrase, argon2: cheap }), key, passphrase);
  await expectSame(await writeOpenssh(key), key);
  await expectSame(await writePkcs8(key), key);
  if (!key.algorithm.startsWith('ssh-ed')) await expectSame(writePem(key), key);
}

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const below = (bits: number) => fc.bigInt({ min: 1n, max: (1n << BigInt(bits - 8)) - 1n });

describe('random keys', SLOW, () => {
  test.each(EDWARDS_NAMES)('%s', async (algorithm) => {
    const property = async (seed: Uint8Array) => {
      await expectEveryForm(await edwardsKey(algorithm, seed));
    };
    await fc.assert(fc.asyncProperty(bytesOf(EDWARDS[algorithm].bytes), property), RUNS);
  });

  test.each(CURVE_NAMES)('%s', async (algorithm) => {
    const property = async (d: bigint) => {
      await expectEveryForm(await curveKey(algorithm, d));
    };
    await fc.assert(fc.asyncProperty(below(CURVES[algorithm].bits), property), RUNS);
  });

  test('RSA, and the same with p < q', async () => {
    for (let index = 0; index < 6; index += 1) {
      const key = await readPrivateKey(Buffer.from(rsaPem()));
      await expectEveryForm(key);
      if (key.algorithm !== 'ssh-rsa') throw new Error('not RSA');
      expect(key.private.p > key.private.q).toBe(true);
      const swapped = await readPrivateKey(Buffer.from(swappedRsaPem(key)));
      expect(swapped.private).toEqual(key.private);
    }
  });

  test('DSA', async () => {
    await expectEveryForm(await readPrivateKey(fixture('dsa1024.pem')));
  });
});

describe('awkward secrets', SLOW, () => {
  test.each(['00', '0000', '80', 'ff', '7f', '0080'])('an Ed25519 seed of %s…', async (start) => {
    const seed = Buffer.from(start.padEnd(64, '5'), 'hex');
    for (const algorithm of EDWARDS_NAMES) {
      const full = Buffer.concat([seed, Buffer.alloc(25)]).subarray(0, EDWARDS[algorithm].bytes);
      const key = await edwardsKey(algorithm, full);
      expect(key.private).toEqual({ seed: full });
      await expectEveryForm(key);
    }
  });

  test.each([1n, 0x7fn, 0x80n, 1n << 200n])('an ECDSA secret as short as %s', async (d) => {
    for (const algorithm of CURVE_NAMES) await expectEveryForm(await curveKey(algorithm, d));
  });
});

test('a SEC1 secret with a zero byte in front, as puttygen writes half of them, is the same key', async () => {
  const secret = Buffer.from('7'.padStart(64, '9'), 'hex');
  const key = await curveKey('ecdsa-sha2-nistp256', bytesToNumber(secret));
  const padded = derOctets(Buffer.concat([Buffer.of(0), secret]));
  const body = derSequence(derInteger(1n), padded, der(0xa0, derOid('1.2.840.10045.3.1.7')));
  const read = await readPrivateKey(Buffer.from(encodePem('EC PRIVATE KEY', body)));
  expect(read.private).toEqual(key.private);
});

describe('the expensive forms', SLOW, () => {
  const keys = ['pkcs1-rsa1024.pem', 'pkcs8-ed448.pem'];

  test.each(keys)('%s with a passphrase in the OpenSSH format', async (name) => {
    const key = await readPrivateKey(fixture(name));
    await expectSame(await writeOpenssh(key, { passphrase }), key, passphrase);
  });

  test.each(keys)('%s with a passphrase as PKCS#8', async (name) => {
    const key = await readPrivateKey(fixture(name));
    await expectSame(await writePkcs8(key, { passphrase }), key, passphrase);
  });
});

describe('comments', SLOW, () => {
  const key = readPrivateKey(fixture('openssh-ed25519'));
  const commentOf = async (file: Buffer | string) =>
    (await readPrivateKey(Buffer.from(file))).comment?.toString();

  test('any text without control characters survives in OpenSSH, and in PPK but for its ends', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((s) => !/\p{Cc}/u.test(s));
    await fc.assert(
      fc.asyncProperty(text, async (comment) => {
        expect(await commentOf(await writeOpenssh(await key, { comment }))).toBe(comment);
        const ppk = await commentOf(await writePpk(await key, { comment }));
        expect(ppk).toBe(comment.replace(/^ +| +$/g, ''));
      }),
      RUNS,
    );
  });

  test('any bytes leave a PPK that is one line a header, and a public key of one line', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), async (comment) => {
        const ppk = await writePpk(await key, { comment });
        await expectSame(ppk, await key);
        expect(ppk.toString('latin1').split('\n')).toHaveLength(10);
        const read = await readPrivateKey(ppk);
        expect(publicKeyLine(read)).not.toMatch(/[\r\n]/);
      }),
      RUNS,
    );
  });

  test.each([
    ['empty', '', ''],
    ['blank at either end', ' a b ', 'a b'],
    ['Hangul', '한글 주석', '한글 주석'],
    ['5000 characters', '한'.repeat(5000), '한'.repeat(5000)],
    ['a forged header', 'x\r\nPrivate-Lines: 1', 'x  Private-Lines: 1'],
    ['only blanks', '   ', ''],
    ['a colon', 'a: b', 'a: b'],
  ])('%s', async (_, comment, expected) => {
    expect(await commentOf(await writePpk(await key, { comment }))).toBe(expected);
  });

  test('bytes that are no UTF-8 go from OpenSSH to PPK unchanged', async () => {
    const comment = Buffer.from([0xc7, 0xd1, 0xb1, 0xdb]);
    const openssh = await readPrivateKey(Buffer.from(await writeOpenssh(await key, { comment })));
    const ppk = await writePpk(openssh);
    expect((await readPrivateKey(ppk)).comment).toEqual(comment);
  });
});

/** sshpk as a second reader; it knows these containers, and none of EdDSA but Ed25519. */
describe('sshpk reads the same numbers', SLOW, () => {
  interface SshpkKey {
    readonly part: Readonly<Record<string, { readonly data: Buffer } | undefined>>;
  }
  const load = createRequire(import.meta.url);
  const sshpk = load('sshpk') as { parsePrivateKey(text: string, format: string): SshpkKey };
  const hex = (data?: Buffer) => data?.toString('hex').replace(/^(00)+/, '');

  test.each([
    ['pkcs1-rsa1024.pem', ['d', 'p', 'q', 'iqmp']],
    ['openssh-p256', ['d']],
    ['openssh-p384', ['d']],
    ['openssh-p521', ['d']],
    ['openssh-ed25519', ['k']],
  ])('%s', async (name, parts) => {
    const key = await readPrivateKey(fixture(name));
    const forms: [string, string][] = [
      [await writeOpenssh(key), 'openssh'],
      [await writePkcs8(key), 'pkcs8'],
      [(await writePpk(key)).toString(), 'putty'],
    ];
    const ours = Object.values(key.private).map((value: bigint | Buffer) =>
      typeof value === 'bigint'
        ? hex(Buffer.from(value.toString(16).padStart(132, '0'), 'hex'))
        : hex(value),
    );
    for (const [text, format] of forms) {
      const { part } = sshpk.parsePrivateKey(text, format);
      expect(parts.map((part_) => hex(part[part_]?.data))).toEqual(ours);
    }
  });
});
