import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readKeypair } from '../../src/setup/keypair.js';
import { tryPassphrases } from '../../src/setup/try-passphrases.js';
import { KeyError, readPrivateKey } from '../../src/convert/index.js';

const ENCRYPTED = fileURLToPath(
  new URL('../../fixtures/keys/rsa2048-pem-encrypted', import.meta.url),
);
/** As the README of the fixtures says. */
const PASSPHRASE = 'secret passphrase';

describe('the passphrase of a key', () => {
  it('is asked for until it is right', async () => {
    const asked: boolean[] = [];
    const answers = ['', 'wrong', PASSPHRASE];
    const pair = await readKeypair(ENCRYPTED, undefined, (again) => {
      asked.push(again);
      return Promise.resolve(answers.shift() ?? '');
    });
    expect(pair.publicLine).toMatch(/^ssh-rsa AAAA/);
    expect(asked).toEqual([false, true, true]);
  });

  it('is not asked for again where the one that was given is wrong', async () => {
    const bytes = await readFile(ENCRYPTED);
    const ask = (): Promise<string> => Promise.resolve(PASSPHRASE);
    const reading = tryPassphrases('wrong', ask, (passphrase) =>
      readPrivateKey(bytes, { passphrase: passphrase ?? '' }),
    );
    await expect(reading).rejects.toMatchObject({ code: 'passphrase-wrong' });
    await expect(reading).rejects.toBeInstanceOf(KeyError);
  });
});
