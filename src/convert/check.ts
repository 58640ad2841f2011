/**
 * Whether the numbers of a key belong together. Every key passes here between reading and writing,
 * so that no file of ours ever holds a key that cannot log in.
 */
import { createECDH, createPrivateKey, createPublicKey, ECDH } from 'node:crypto';
import { CURVES, EDWARDS } from './algorithms.js';
import { edwardsPkcs8 } from './asn1-shapes.js';
import { COPY_AGAIN, KeyError } from './errors.js';
import {
  makeKey,
  type CurveAlgorithm,
  type EdwardsAlgorithm,
  type PrivateKey,
  type PrivateParts,
  type PublicParts,
} from './key.js';
import { bitLength, inverse, numberToBytes, power } from './numbers.js';

/** OpenSSH accepts no shorter RSA key since 7.6 (SSH_RSA_MINIMUM_MODULUS_SIZE in its sshkey.h). */
const RSA_MIN_BITS = 1024;
/** The largest that OpenSSH (SSHBUF_MAX_BIGNUM) and OpenSSL (OPENSSL_RSA_MAX_MODULUS_BITS) take. */
const RSA_MAX_BITS = 16384;
/** FIPS 186-4, section 4.2, and OpenSSL's OPENSSL_DSA_MAX_MODULUS_BITS. */
const DSA_P_BITS = { min: 1024, max: 10000 };
/** FIPS 186-4, section 4.2: the sizes of q. */
const DSA_Q_BITS = { min: 160, max: 256 };

/** Key material as read. What can be derived from the secret may be missing and is then computed. */
export type UncheckedKey =
  | {
      readonly algorithm: 'ssh-rsa';
      readonly public: PublicParts['ssh-rsa'];
      readonly private: Omit<PrivateParts['ssh-rsa'], 'iqmp'> & { readonly iqmp?: bigint };
    }
  | {
      readonly algorithm: 'ssh-dss';
      readonly public: Omit<PublicParts['ssh-dss'], 'y'> & { readonly y?: bigint };
      readonly private: PrivateParts['ssh-dss'];
    }
  | {
      readonly algorithm: CurveAlgorithm;
      readonly public: { readonly point: Buffer | undefined };
      readonly private: PrivateParts[CurveAlgorithm];
    }
  | {
      readonly algorithm: EdwardsAlgorithm;
      readonly public: { readonly point: Buffer | undefined };
      readonly private: PrivateParts[EdwardsAlgorithm];
    };

/**
 * Checks key material and makes the key of it.
 * @param what the container, for error texts, e.g. `OpenSSH private key`.
 * @param comment bytes, or `null` where the container has none.
 * @throws KeyError `rsa-…`, `dsa-…`, `ecdsa-…` or `eddsa-…`, each naming what does not fit.
 */
export function checkedKey(key: UncheckedKey, what: string, comment: Buffer | null): PrivateKey {
  switch (key.algorithm) {
    case 'ssh-rsa': {
      const {
        algorithm,
        public: { e, n },
      } = key;
      return makeKey({ algorithm, public: { e, n }, private: checkedRsa(key, what) }, comment);
    }
    case 'ssh-dss': {
      const {
        algorithm,
        public: { p, q, g },
      } = key;
      const y = checkedDsa(key, what);
      return makeKey({ algorithm, public: { p, q, g, y }, private: key.private }, comment);
    }
    case 'ssh-ed25519':
    case 'ssh-ed448': {
      const point = checkedEdwards(key.algorithm, key.private.seed, key.public.point, what);
      return makeKey({ ...key, public: { point } }, comment);
    }
    default: {
      const point = checkedCurve(key.algorithm, key.private.d, key.public.point, what);
      return makeKey({ ...key, public: { point } }, comment);
    }
  }
}

/**
 * RSA as PuTTY checks it (n = p·q, e·d ≡ 1 modulo p-1 and q-1) and stores it (p > q, iqmp computed):
 * Dropbear writes p < q in one key of four, and a wrong iqmp is accepted by PuTTY but not FileZilla.
 */
function checkedRsa(
  key: Extract<UncheckedKey, { algorithm: 'ssh-rsa' }>,
  what: string,
): PrivateParts['ssh-rsa'] {
  const { e, n } = key.public;
  const { d, p: first, q: second, iqmp: given } = key.private;
  const bits = bitLength(n);
  if (bits < RSA_MIN_BITS || bits > RSA_MAX_BITS) {
    throw new KeyError(
      'rsa-size',
      `the RSA key in the ${what} has ${bits} bits; clients take ${RSA_MIN_BITS} to ${RSA_MAX_BITS}`,
      'make a key that servers accept: ssh-keygen -t rsa -b 3072',
    );
  }
  const [p, q] = first > second ? [first, second] : [second, first];
  if (q < 3n || p >= n || p * q !== n) {
    throw wrong('rsa-modulus', `the RSA primes in the ${what} do not multiply to the modulus n`);
  }
  const fits = (prime: bigint) => (e * d) % (prime - 1n) === 1n;
  if (e < 3n || e >= n || d < 3n || d >= n || !fits(p) || !fits(q)) {
    throw wrong('rsa-exponents', `the RSA exponents e and d in the ${what} do not belong together`);
  }
  const iqmp = given !== undefined && given < p && (q * given) % p === 1n ? given : inverse(q, p);
  if (iqmp === null) {
    throw wrong('rsa-primes', `the RSA numbers p and q in the ${what} have a common factor`);
  }
  return { d, p, q, iqmp };
}

/** Returns the public number y, computed only after the sizes are known to be bounded. */
function checkedDsa(key: Extract<UncheckedKey, { algorithm: 'ssh-dss' }>, what: string): bigint {
  const { p, q, g, y } = key.public;
  const { x } = key.private;
  const [pBits, qBits] = [bitLength(p), bitLength(q)];
  if (pBits < DSA_P_BITS.min || pBits > DSA_P_BITS.max) {
    throw new KeyError(
      'dsa-size',
      `the DSA key in the ${what} has ${pBits} bits; ${DSA_P_BITS.min} to ${DSA_P_BITS.max} can be used`,
      'make a key that servers accept: ssh-keygen -t ed25519',
    );
  }
  if (qBits < DSA_Q_BITS.min || qBits > DSA_Q_BITS.max) {
    throw wrong(
      'dsa-order-size',
      `the DSA group order q in the ${what} has ${qBits} bits, not ${DSA_Q_BITS.min} to ${DSA_Q_BITS.max}`,
    );
  }
  if ((p - 1n) % q !== 0n || g < 2n || g >= p || power(g, q, p) !== 1n) {
    throw wrong('dsa-group', `the DSA numbers p, q and g in the ${what} do not form a group`);
  }
  const derived = x < 1n || x >= q ? 0n : power(g, x, p);
  if (derived === 0n || (y !== undefined && y !== derived)) {
    throw wrong('dsa-mismatch', `the DSA secret x in the ${what} does not belong to its public y`);
  }
  return derived;
}

function checkedCurve(
  algorithm: CurveAlgorithm,
  d: bigint,
  point: Buffer | undefined,
  what: string,
): Buffer {
  const curve = CURVES[algorithm];
  let derived: Buffer;
  try {
    derived = curvePoint(algorithm, d);
  } catch (cause) {
    throw new KeyError(
      'ecdsa-range',
      `the ECDSA secret in the ${what} is not between 1 and the order of ${curve.ssh}`,
      COPY_AGAIN,
      { cause },
    );
  }
  if (point === undefined || derived.equals(point)) return derived;
  if (!isOnCurve(algorithm, point)) {
    throw wrong('ecdsa-off-curve', `the public point in the ${what} is not on ${curve.ssh}`);
  }
  throw wrong('ecdsa-mismatch', `the ECDSA secret in the ${what} belongs to another public point`);
}

/** d·G uncompressed. Throws node's error where `d` is 0 or not below the group order. */
function curvePoint(algorithm: CurveAlgorithm, d: bigint): Buffer {
  const { openssl, bytes } = CURVES[algorithm];
  const ecdh = createECDH(openssl);
  ecdh.setPrivateKey(numberToBytes(d, bytes));
  return ecdh.getPublicKey();
}

function isOnCurve(algorithm: CurveAlgorithm, point: Buffer): boolean {
  try {
    ECDH.convertKey(point, CURVES[algorithm].openssl);
    return true;
  } catch {
    return false;
  }
}

/**
 * The uncompressed form of a point of SEC 1, section 2.3.3 (OpenSSL can write compressed ones).
 * @throws KeyError `point-invalid`.
 */
export function uncompressedPoint(
  algorithm: CurveAlgorithm,
  point: Uint8Array,
  what: string,
): Buffer {
  try {
    const { openssl } = CURVES[algorithm];
    const converted = ECDH.convertKey(point, openssl, undefined, undefined, 'uncompressed');
    return Buffer.isBuffer(converted) ? converted : Buffer.from(converted, 'latin1');
  } catch (cause) {
    throw new KeyError(
      'point-invalid',
      `the public point in the ${what} is no point of ${CURVES[algorithm].ssh}`,
      COPY_AGAIN,
      { cause },
    );
  }
}

function checkedEdwards(
  algorithm: EdwardsAlgorithm,
  seed: Buffer,
  point: Buffer | undefined,
  what: string,
): Buffer {
  const { bytes } = EDWARDS[algorithm];
  if (seed.length !== bytes) {
    throw wrong(
      'eddsa-size',
      `the secret in the ${what} has ${seed.length} bytes; ${algorithm} has ${bytes}`,
    );
  }
  const derived = edwardsPoint(algorithm, seed);
  if (point !== undefined && !derived.equals(point)) {
    throw wrong(
      'eddsa-mismatch',
      `the ${algorithm} secret in the ${what} belongs to another public key`,
    );
  }
  return derived;
}

/** The public point of a seed of the right length (RFC 8032, sections 5.1.5 and 5.2.5). */
function edwardsPoint(algorithm: EdwardsAlgorithm, seed: Buffer): Buffer {
  const der = edwardsPkcs8(algorithm, seed);
  const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  // SubjectPublicKeyInfo of RFC 8410 ends with the bare point.
  return key.export({ format: 'der', type: 'spki' }).subarray(-EDWARDS[algorithm].bytes);
}

function wrong(code: string, message: string): KeyError {
  return new KeyError(code, message, COPY_AGAIN);
}
