/**
 * Reads private keys from ASN.1: RSAPrivateKey (RFC 8017, appendix A.1.2), ECPrivateKey (RFC 5915),
 * OpenSSL's DSA form, PrivateKeyInfo and OneAsymmetricKey (PKCS #8, RFC 5208 and 5958).
 */
import { CURVES, curveByOid, edwardsByOid } from './algorithms.js';
import { OID_DSA, OID_EC, OID_RSA } from './asn1-shapes.js';
import { checkedKey, uncompressedPoint } from './check.js';
import { DerReader } from './der.js';
import { COPY_AGAIN, KeyError } from './errors.js';
import type { CurveAlgorithm, PrivateKey } from './key.js';
import { bytesToNumber } from './numbers.js';

/** RSAPrivateKey. PEM has no comment. @throws KeyError */
export function readPkcs1(body: Buffer, title: string): PrivateKey {
  const reader = outer(body, title);
  checkVersion(reader.small('the version'), [0], title);
  const [n, e, d] = [reader.integer('n'), reader.integer('e'), reader.integer('d')];
  const [p, q] = [reader.integer('p'), reader.integer('q')];
  // Wrong CRT exponents do not matter: PuTTY ignores them too, and every writer here computes its own.
  reader.integer('dp');
  reader.integer('dq');
  const iqmp = reader.integer('qinv');
  reader.end();
  // Where a file has p < q its qinv belongs to the other order, and the check computes a new one.
  const key = { algorithm: 'ssh-rsa', public: { e, n }, private: { d, p, q, iqmp } } as const;
  return checkedKey(key, title, null);
}

/** OpenSSL's DSA form: version, p, q, g, y, x. @throws KeyError */
export function readDsa(body: Buffer, title: string): PrivateKey {
  const reader = outer(body, title);
  checkVersion(reader.small('the version'), [0], title);
  const [p, q, g] = [reader.integer('p'), reader.integer('q'), reader.integer('g')];
  const [y, x] = [reader.integer('y'), reader.integer('x')];
  reader.end();
  const key = { algorithm: 'ssh-dss', public: { p, q, g, y }, private: { x } } as const;
  return checkedKey(key, title, null);
}

/**
 * ECPrivateKey.
 * @param outerCurve the algorithm that PKCS #8 named outside; SEC 1 files name it inside.
 * @throws KeyError `curve-missing`, `curve-unknown`, `curve-parameters`, …
 */
export function readSec1(body: Buffer, title: string, outerCurve?: CurveAlgorithm): PrivateKey {
  const reader = outer(body, title);
  checkVersion(reader.small('the version'), [1], title);
  const secret = reader.octets('the secret number');
  const parameters = reader.context(0, 'the curve');
  const publicBits = reader.context(1, 'the public point');
  reader.end();
  const algorithm = parameters ? curveOf(new DerReader(parameters, title), title) : outerCurve;
  if (algorithm === undefined) {
    throw new KeyError(
      'curve-missing',
      `the ${title} does not name its curve`,
      'write it again with its curve: openssl pkey -in KEY -out OUT',
    );
  }
  if (outerCurve !== undefined && algorithm !== outerCurve) {
    throw new KeyError(
      'curve-contradiction',
      `the ${title} names ${CURVES[outerCurve].ssh} outside and ${CURVES[algorithm].ssh} inside`,
      COPY_AGAIN,
    );
  }
  // RFC 5915 has a fixed width; puttygen 0.78 adds a zero byte where the top bit is set.
  const digits = secret[0] === 0 ? secret.subarray(1) : secret;
  if (digits.length > CURVES[algorithm].bytes) {
    throw new KeyError(
      'ecdsa-size',
      `the secret number in the ${title} is longer than ${CURVES[algorithm].ssh} allows`,
      COPY_AGAIN,
    );
  }
  const d = bytesToNumber(digits);
  const point = publicBits ? pointOf(publicBits, algorithm, title) : undefined;
  return checkedKey({ algorithm, public: { point }, private: { d } }, title, null);
}

function pointOf(publicBits: Buffer, algorithm: CurveAlgorithm, title: string): Buffer {
  const reader = new DerReader(publicBits, title);
  const bits = reader.bits('the public point');
  reader.end();
  return uncompressedPoint(algorithm, bits, title);
}

function curveOf(reader: DerReader, title: string): CurveAlgorithm {
  if (reader.next === 0x30) {
    throw new KeyError(
      'curve-parameters',
      `the ${title} spells out the parameters of its curve instead of naming it`,
      'write it with the name: openssl pkey -in KEY -ec_param_enc named_curve -out OUT',
    );
  }
  const oid = reader.oid('the curve');
  reader.end();
  const algorithm = curveByOid(oid);
  if (algorithm !== undefined) return algorithm;
  throw new KeyError(
    'curve-unknown',
    `the ${title} is on the curve ${OTHER_CURVES[oid] ?? oid}, which SSH does not have`,
    'SSH has P-256, P-384 and P-521; make a key: ssh-keygen -t ecdsa',
  );
}

/** SEC 2, section 3; RFC 5639, section 4.1. */
const OTHER_CURVES: Readonly<Record<string, string>> = {
  '1.3.132.0.10': 'secp256k1',
  '1.3.132.0.33': 'secp224r1',
  '1.2.840.10045.3.1.1': 'secp192r1',
  '1.3.36.3.3.2.8.1.1.7': 'brainpoolP256r1',
  '1.3.36.3.3.2.8.1.1.11': 'brainpoolP384r1',
  '1.3.36.3.3.2.8.1.1.13': 'brainpoolP512r1',
};

/** PrivateKeyInfo, version 0, or OneAsymmetricKey, version 1, which may carry the public key. */
export function readPkcs8(body: Buffer, title: string): PrivateKey {
  const reader = outer(body, title);
  const version = reader.small('the version');
  checkVersion(version, [0, 1], title);
  const algorithm = reader.sequence('the algorithm');
  const oid = algorithm.oid('the algorithm identifier');
  const secret = reader.octets('the key');
  reader.context(0, 'the attributes');
  const publicBits = version === 1 ? reader.context(1, 'the public key', false) : undefined;
  reader.end();
  if (oid === OID_RSA) {
    if (algorithm.next !== undefined) algorithm.null('the parameters');
    algorithm.end();
    return readPkcs1(secret, title);
  }
  if (oid === OID_EC) return readSec1(secret, title, curveOf(algorithm, title));
  if (oid === OID_DSA) return readPkcs8Dsa(algorithm, secret, title);
  const edwards = edwardsByOid(oid);
  if (edwards === undefined) throw refusedOid(oid, title);
  algorithm.end();
  const inner = new DerReader(secret, title);
  const seed = inner.octets('the secret');
  inner.end();
  // The bit string's first byte counts unused bits, of which there are none.
  const point = publicBits?.subarray(1);
  return checkedKey({ algorithm: edwards, public: { point }, private: { seed } }, title, null);
}

function readPkcs8Dsa(algorithm: DerReader, secret: Buffer, title: string): PrivateKey {
  const group = algorithm.sequence('the DSA group');
  algorithm.end();
  const [p, q, g] = [group.integer('p'), group.integer('q'), group.integer('g')];
  group.end();
  const inner = new DerReader(secret, title);
  const x = inner.integer('x');
  inner.end();
  // PKCS #8 leaves y out; the check computes it.
  const key = { algorithm: 'ssh-dss', public: { p, q, g }, private: { x } } as const;
  return checkedKey(key, title, null);
}

/** Keys that PKCS #8 can hold and SSH clients cannot use, by their identifiers. */
function refusedOid(oid: string, title: string): KeyError {
  const known = OTHER_ALGORITHMS.find(([prefix]) => oid === prefix || oid.startsWith(`${prefix}.`));
  if (known !== undefined) {
    return new KeyError(
      'oid-refused',
      `the ${title} is of type ${known[1]}, which SSH clients cannot log in with`,
      'make a key for SSH: ssh-keygen -t ed25519',
    );
  }
  return new KeyError(
    'oid-unknown',
    `the ${title} is of an unknown type (object identifier ${oid})`,
    'RSA, DSA, EC (P-256, P-384, P-521), Ed25519 and Ed448 can be read',
  );
}

/** RFC 8017 A.2.3; RFC 8410 section 3; PKCS #3; NIST's register of algorithms (sigAlgs, kems). */
const OTHER_ALGORITHMS: readonly (readonly [string, string])[] = [
  ['1.2.840.113549.1.1.10', 'RSA-PSS'],
  ['1.3.101.110', 'X25519 (key agreement)'],
  ['1.3.101.111', 'X448 (key agreement)'],
  ['1.2.840.113549.1.3.1', 'Diffie-Hellman'],
  ['1.2.840.10046.2.1', 'X9.42 Diffie-Hellman'],
  ['2.16.840.1.101.3.4.3.17', 'ML-DSA-44 (post-quantum)'],
  ['2.16.840.1.101.3.4.3.18', 'ML-DSA-65 (post-quantum)'],
  ['2.16.840.1.101.3.4.3.19', 'ML-DSA-87 (post-quantum)'],
  ['2.16.840.1.101.3.4.3', 'SLH-DSA or a like one (post-quantum)'],
  ['2.16.840.1.101.3.4.4', 'ML-KEM (key agreement, post-quantum)'],
];

function outer(body: Buffer, title: string): DerReader {
  const file = new DerReader(body, title);
  const reader = file.sequence('the key', title);
  file.end();
  return reader;
}

function checkVersion(version: number, known: readonly number[], title: string): void {
  if (known.includes(version)) return;
  throw new KeyError(
    'asn1-version',
    `the ${title} has version ${version}, not ${known.join(' or ')}`,
    version === 1
      ? 'keys with more than two primes cannot be used with SSH; make a key: ssh-keygen -t rsa'
      : COPY_AGAIN,
  );
}
