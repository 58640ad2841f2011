/** Keys made from chosen numbers, for tests that need a certain one. */
import { generateKeyPairSync } from 'node:crypto';
import { CURVES, EDWARDS } from '../../src/convert/algorithms.js';
import { edwardsPkcs8 } from '../../src/convert/asn1-shapes.js';
import { der, derInteger, derOctets, derOid, derSequence } from '../../src/convert/der.js';
import { readPrivateKey, type PrivateKey } from '../../src/convert/index.js';
import type { CurveAlgorithm, EdwardsAlgorithm } from '../../src/convert/key.js';
import { inverse, numberToBytes } from '../../src/convert/numbers.js';
import { encodePem } from '../../src/convert/pem.js';

export const EDWARDS_NAMES = Object.keys(EDWARDS) as EdwardsAlgorithm[];
export const CURVE_NAMES = Object.keys(CURVES) as CurveAlgorithm[];

/** An EdDSA key of a seed of the right length. */
export function edwardsKey(algorithm: EdwardsAlgorithm, seed: Uint8Array): Promise<PrivateKey> {
  return readPrivateKey(Buffer.from(encodePem('PRIVATE KEY', edwardsPkcs8(algorithm, seed))));
}

/** An ECDSA key of a secret number, which OpenSSL multiplies with the base point. */
export function curveKey(algorithm: CurveAlgorithm, d: bigint): Promise<PrivateKey> {
  const { oid, bytes } = CURVES[algorithm];
  const secret = derOctets(numberToBytes(d, bytes));
  const body = derSequence(derInteger(1n), secret, der(0xa0, derOid(oid)));
  return readPrivateKey(Buffer.from(encodePem('EC PRIVATE KEY', body)));
}

/** A random RSA key as PKCS#1 PEM. */
export function rsaPem(bits = 1024): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  return privateKey.export({ format: 'pem', type: 'pkcs1' }).toString();
}

/** The PKCS#1 PEM of an RSA key with its primes in the other order, p < q. */
export function swappedRsaPem(key: Extract<PrivateKey, { algorithm: 'ssh-rsa' }>): string {
  const { n, e } = key.public;
  const { d, p: q, q: p } = key.private;
  const numbers = [0n, n, e, d, p, q, d % (p - 1n), d % (q - 1n), inverse(q, p) ?? 0n];
  return encodePem('RSA PRIVATE KEY', derSequence(...numbers.map(derInteger)));
}
