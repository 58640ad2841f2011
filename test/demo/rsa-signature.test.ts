import { createVerify, generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { fullLength } from '../../src/demo/rsa-signature.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** As PuTTY sends it: the number, without leading zeros. */
function asNumber(signature: Buffer): Buffer {
  const first = signature.findIndex((byte) => byte !== 0);
  return signature.subarray(first);
}

const verifies = (message: Buffer, signature: Buffer): boolean =>
  createVerify('sha256').update(message).verify(pem, signature);

test('a signature without its leading zeros is made whole, others stay', () => {
  for (let number = 0, short = 0; short < 3; number++) {
    const message = Buffer.from(String(number));
    const signature = asNumber(sign('sha256', message, privateKey));
    if (signature.length < 128) {
      expect(verifies(message, signature)).toBe(false);
      short++;
    }
    expect(verifies(message, fullLength(signature, pem))).toBe(true);
  }
});

test('signatures of other kinds of keys stay as they are', () => {
  const ed25519 = generateKeyPairSync('ed25519').publicKey;
  const signature = Buffer.alloc(64, 1);
  const other = ed25519.export({ type: 'spki', format: 'pem' }).toString();
  expect(fullLength(signature, other)).toBe(signature);
});
