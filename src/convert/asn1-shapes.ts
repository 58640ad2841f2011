/**
 * Private keys as ASN.1 values: RSAPrivateKey (PKCS #1, RFC 8017 appendix A.1.2), ECPrivateKey (SEC 1,
 * RFC 5915), DSA's six integers as OpenSSL writes them, PrivateKeyInfo (PKCS #8, RFC 5958).
 */
import { CURVES, EDWARDS } from './algorithms.js';
import { derBits, der, derInteger, derNull, derOctets, derOid, derSequence } from './der.js';
import type { CurveAlgorithm, EdwardsAlgorithm, KeyMaterial } from './key.js';
import { numberToBytes } from './numbers.js';

/** RFC 8017, appendix A.1. */
export const OID_RSA = '1.2.840.113549.1.1.1';
/** RFC 3279, section 2.3.2. */
export const OID_DSA = '1.2.840.10040.4.1';
/** RFC 5480, section 2.1.1. */
export const OID_EC = '1.2.840.10045.2.1';

type Material<A extends KeyMaterial['algorithm']> = Extract<KeyMaterial, { algorithm: A }>;

/** RSAPrivateKey. */
function rsaPkcs1(key: Material<'ssh-rsa'>): Buffer {
  const { n, e } = key.public;
  const { d, p, q, iqmp } = key.private;
  const numbers = [0n, n, e, d, p, q, d % (p - 1n), d % (q - 1n), iqmp];
  return derSequence(...numbers.map(derInteger));
}

/** The form of `BEGIN DSA PRIVATE KEY`, which no standard describes: version, p, q, g, y, x. */
function dsaTraditional(key: Material<'ssh-dss'>): Buffer {
  const { p, q, g, y } = key.public;
  return derSequence(...[0n, p, q, g, y, key.private.x].map(derInteger));
}

/** ECPrivateKey; `named` puts the curve inside, as SEC 1 files need and PKCS #8 does not. */
function ecSec1(
  key: { algorithm: CurveAlgorithm; public: { point: Buffer }; private: { d: bigint } },
  named: boolean,
): Buffer {
  const { oid, bytes } = CURVES[key.algorithm];
  const parts = [derInteger(1n), derOctets(numberToBytes(key.private.d, bytes))];
  if (named) parts.push(der(0xa0, derOid(oid)));
  return derSequence(...parts, der(0xa1, derBits(key.public.point)));
}

/** PrivateKeyInfo of an EdDSA seed (RFC 8410, section 7). */
export function edwardsPkcs8(algorithm: EdwardsAlgorithm, seed: Uint8Array): Buffer {
  return privateKeyInfo([derOid(EDWARDS[algorithm].oid)], derOctets(seed));
}

/** PrivateKeyInfo of any key. */
export function pkcs8(key: KeyMaterial): Buffer {
  switch (key.algorithm) {
    case 'ssh-rsa':
      return privateKeyInfo([derOid(OID_RSA), derNull()], rsaPkcs1(key));
    case 'ssh-dss': {
      const { p, q, g } = key.public;
      const group = derSequence(...[p, q, g].map(derInteger));
      return privateKeyInfo([derOid(OID_DSA), group], derInteger(key.private.x));
    }
    case 'ssh-ed25519':
    case 'ssh-ed448':
      return edwardsPkcs8(key.algorithm, key.private.seed);
    default: {
      const curve = derOid(CURVES[key.algorithm].oid);
      return privateKeyInfo([derOid(OID_EC), curve], ecSec1(key, false));
    }
  }
}

function privateKeyInfo(algorithm: Buffer[], key: Buffer): Buffer {
  return derSequence(derInteger(0n), derSequence(...algorithm), derOctets(key));
}

/** The label and content of the key's traditional PEM form; `null` for EdDSA, which has none. */
export function traditional(key: KeyMaterial): { label: string; der: Buffer } | null {
  if (key.algorithm === 'ssh-rsa') return { label: 'RSA PRIVATE KEY', der: rsaPkcs1(key) };
  if (key.algorithm === 'ssh-dss') return { label: 'DSA PRIVATE KEY', der: dsaTraditional(key) };
  if (key.algorithm === 'ssh-ed25519' || key.algorithm === 'ssh-ed448') return null;
  return { label: 'EC PRIVATE KEY', der: ecSec1(key, true) };
}
