/** Awkward keys and comments, as the programs see them. */
import { execFileSync } from 'node:child_process';
import { afterAll, describe, expect, test } from 'vitest';
import {
  fingerprint,
  publicKeyBlob,
  readPrivateKey,
  writeOpenssh,
  writePpk,
} from '../../src/convert/index.js';
import { curveKey, edwardsKey, CURVE_NAMES, EDWARDS_NAMES } from '../convert/made-keys.js';
import { fixture } from '../convert/fixture.js';
import { EDWARDS } from '../../src/convert/algorithms.js';
import type { PrivateKey } from '../../src/convert/index.js';
import { ourNumbers, puttygenNumbers, run, Scratch } from './convert-tools.js';

const scratch = new Scratch();
afterAll(() => {
  scratch.remove();
});

/** puttygen finds our numbers in our PPK and OpenSSH files, and writes the same PPK from each. */
async function expectAgreement(key: PrivateKey): Promise<void> {
  const ppk = scratch.write('ours.ppk', await writePpk(key, { version: 3 }));
  const openssh = scratch.write('ours', await writeOpenssh(key));
  for (const file of [ppk, openssh]) {
    const found = puttygenNumbers(file);
    for (const [name, value] of ourNumbers(key))
      expect([name, found.get(name)]).toEqual([name, value]);
  }
  run('puttygen', ppk, '--reencrypt', '-O', 'private', '-o', scratch.file('again.ppk'));
  expect(scratch.read('again.ppk').toString()).toBe(scratch.read('ours.ppk').toString());
}

describe('secrets', () => {
  test.each(['00', '0000', '80', 'ff', '7f'])('EdDSA seeds of %s…', async (start) => {
    for (const algorithm of EDWARDS_NAMES) {
      const { bytes } = EDWARDS[algorithm];
      await expectAgreement(
        await edwardsKey(algorithm, Buffer.from(start.padEnd(2 * bytes, '3'), 'hex')),
      );
    }
  });

  test.each([1n, 0x80n, 1n << 100n])('an ECDSA secret as short as %s', async (d) => {
    for (const algorithm of CURVE_NAMES) await expectAgreement(await curveKey(algorithm, d));
  });
});

describe('comments in our PPK files, as puttygen shows them', () => {
  test.each([
    ['empty', '', ''],
    ['blank at either end', ' a b ', ' a b'],
    ['Hangul', '한글 주석', ' 한글 주석'],
    ['5000 characters', 'x'.repeat(5000), ` ${'x'.repeat(5000)}`],
    ['a forged header', 'x\r\nPrivate-Lines: 1', ' x  Private-Lines: 1'],
  ])('%s', async (_, comment, expected) => {
    const key = await readPrivateKey(fixture('openssh-ed25519'));
    const file = scratch.write('comment.ppk', await writePpk(key, { comment }));
    const line = run('puttygen', file, '-L').replace(/\n$/, '');
    const base64 = publicKeyBlob(key).toString('base64');
    expect(line.trimEnd()).toBe(`ssh-ed25519 ${base64}${expected}`);
  });
});

test('fingerprints are those of ssh-keygen -l', () => {
  const file = scratch.write('key.pub', fixture('ed25519.pub'));
  const blob = Buffer.from(fixture('ed25519.pub').toString().split(' ')[1] ?? '', 'base64');
  for (const hash of ['sha256', 'md5'] as const) {
    const printed = run('ssh-keygen', '-l', '-E', hash, '-f', file);
    expect(printed).toContain(` ${fingerprint(blob, hash)} `);
  }
});

describe("FileZilla's own reader", () => {
  /** fzputtygen answers each command with a line that starts with 0 where it is content. */
  function fzputtygen(file: string): string {
    const input = `file ${file}\nload\nfingerprint\n`;
    return execFileSync('fzputtygen', {
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
  }

  const names = ['backendai-id_container', 'dropbear-rsa2048-p-less-than-q', 'openssh-ed25519'];

  test.each([...names, 'openssh-p256', 'openssh-p384', 'openssh-p521', 'ed25519-unicode-comment'])(
    'takes %s as PPK and in the OpenSSH format',
    async (name) => {
      const key = await readPrivateKey(fixture(name));
      const expected = fingerprint(publicKeyBlob(key));
      for (const version of [2, 3] as const) {
        const ppk = scratch.write('fz.ppk', await writePpk(key, { version }));
        expect(fzputtygen(ppk)).toContain(expected);
      }
      expect(fzputtygen(scratch.write('fz', await writeOpenssh(key)))).toContain(expected);
    },
  );
});
