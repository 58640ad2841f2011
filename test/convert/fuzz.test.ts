/**
 * Random damage to every fixture: whatever comes in, the module answers with a key, or with its own
 * error, and writes a key that it reads back. `npm test` tries a few hundred fixed cases;
 * `npm run fuzz:convert` (vitest's mode "fuzz") tries new ones for a minute and prints the seed of
 * what it finds.
 */
import fc from 'fast-check';
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  convertKey,
  describeKey,
  KeyError,
  privateKeyText,
  publicKeyBlob,
  readPrivateKey,
  writeOpenssh,
  writePkcs8,
  writePpk,
} from '../../src/convert/index.js';
import { ppkFile } from './craft.js';
import { fixture } from './fixture.js';

const FUZZING = process.env['MODE'] === 'fuzz';
const SECONDS = 60;

const folder = new URL('../../fixtures/keys/', import.meta.url);
const FILES = readdirSync(folder)
  .filter((name) => !/\.(?:md|sh)$/.test(name))
  .map((name) => ({ name, bytes: fixture(name) }));

/** Known answers to `passphrase?`, and none. */
const PASSPHRASES = [undefined, 'secret passphrase', 'correct horse', ''];

interface Damage {
  readonly kind: 'flip' | 'set' | 'cut' | 'insert' | 'copy' | 'remove';
  /** Where, as a share of the length. */
  readonly at: number;
  readonly length: number;
  readonly byte: number;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('flip', 'set', 'cut', 'insert', 'copy', 'remove'),
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  length: fc.integer({ min: 1, max: 64 }),
  // Bytes that mean something to some layer, besides all others.
  byte: fc.oneof(
    fc.constantFrom(0, 1, 4, 0x0a, 0x0d, 0x2d, 0x30, 0x3d, 0x7f, 0x80, 0xff),
    fc.nat(255),
  ),
});

function apply(bytes: Buffer, { kind, at, length, byte }: Damage): Buffer {
  const start = Math.floor(at * bytes.length);
  const [before, after] = [bytes.subarray(0, start), bytes.subarray(start)];
  const run = after.subarray(0, length);
  switch (kind) {
    case 'flip':
      return Buffer.concat([before, Buffer.of((after[0] ?? 0) ^ (byte || 1)), after.subarray(1)]);
    case 'set':
      return Buffer.concat([before, Buffer.of(byte), after.subarray(1)]);
    case 'cut':
      return Buffer.from(before);
    case 'insert':
      return Buffer.concat([before, Buffer.alloc(length, byte), after]);
    case 'copy':
      return Buffer.concat([before, run, after]);
    case 'remove':
      return Buffer.concat([before, after.subarray(length)]);
  }
}

/** Damage to the bytes inside the base64 of a PEM file; of other files, to the file itself. */
function applyInside(bytes: Buffer, damages: readonly Damage[]): Buffer {
  const change = (content: Buffer) => damages.reduce(apply, content);
  const text = bytes.toString('latin1');
  const pem =
    /^(-----BEGIN [A-Z0-9 ]+-----\n)([A-Za-z0-9+/=\n]+)(-----END [A-Z0-9 ]+-----\n)$/.exec(text);
  if (pem === null) return change(bytes);
  const body = change(Buffer.from(pem[2] ?? '', 'base64')).toString('base64');
  return Buffer.from(`${pem[1] ?? ''}${body}\n${pem[3] ?? ''}`, 'latin1');
}

/** The answer to any input: nothing thrown but KeyError; a key that is found survives writing. */
async function answer(bytes: Buffer, passphrase: string | undefined): Promise<void> {
  const options = {
    ...(passphrase === undefined ? {} : { passphrase }),
    // Keeps a run of damaged cost parameters short; that the defaults hold is tested elsewhere.
    limits: { bcryptRounds: 4, argon2: { memory: 16 * 1024, work: 32 * 1024 } },
  };
  const calm = async (work: () => unknown) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      expect(error.message).not.toBe('');
    }
  };
  await calm(() => describeKey(bytes, options));
  await calm(() => privateKeyText(bytes));
  await calm(() => convertKey(bytes, { ...options, to: 'public' }));
  await calm(async () => {
    const key = await readPrivateKey(bytes, options);
    for (const written of [await writePpk(key), await writeOpenssh(key), await writePkcs8(key)]) {
      const again = await readPrivateKey(Buffer.from(written));
      expect(publicKeyBlob(again)).toEqual(publicKeyBlob(key));
      expect(again.private).toEqual(key.private);
    }
  });
}

const RUNS = FUZZING
  ? { numRuns: 1e9, interruptAfterTimeLimit: (SECONDS / 3) * 1000 }
  : { numRuns: 200, seed: 1 };
const TIMEOUT = { timeout: 4 * SECONDS * 1000 };

const input = fc.record({
  file: fc.constantFrom(...FILES),
  damages: fc.array(damage, { maxLength: 6 }),
  passphrase: fc.constantFrom(...PASSPHRASES),
});

test('damage to files', TIMEOUT, async () => {
  const property = fc.asyncProperty(input, async ({ file, damages, passphrase }) => {
    await answer(damages.reduce(apply, file.bytes), passphrase);
  });
  await fc.assert(property, RUNS);
});

test('damage to the content of PEM files', TIMEOUT, async () => {
  const property = fc.asyncProperty(input, async ({ file, damages, passphrase }) => {
    await answer(applyInside(file.bytes, damages), passphrase);
  });
  await fc.assert(property, RUNS);
});

test('PuTTY keys of any content whose MAC is right', TIMEOUT, async () => {
  const keys = await Promise.all(
    ['rsa1024.v2.ppk', 'openssh-p256', 'openssh-ed25519', 'dsa1024.pem', 'ed448.ppk'].map((name) =>
      convertKey(fixture(name), { version: 2 }),
    ),
  );
  const blobs = keys.map(({ bytes, publicKey }) => {
    const lines = bytes.toString().split('\n');
    const start = lines.findIndex((line) => line.startsWith('Private-Lines'));
    const privateBlob = Buffer.from(lines.slice(start + 1, -2).join(''), 'base64');
    return { algorithm: publicKey.algorithm, publicBlob: publicKey.blob, privateBlob };
  });
  const property = fc.asyncProperty(
    fc.constantFrom(...blobs),
    fc.array(damage, { maxLength: 2 }),
    fc.array(damage, { maxLength: 2 }),
    async (parts, outside, inside) => {
      const publicBlob = outside.reduce(apply, parts.publicBlob);
      const privateBlob = inside.reduce(apply, parts.privateBlob);
      await answer(ppkFile({ ...parts, publicBlob, privateBlob }), undefined);
    },
  );
  await fc.assert(property, RUNS);
});
