/** What is fixed for each algorithm: names, sizes, identifiers. */
import type { Algorithm, CurveAlgorithm, EdwardsAlgorithm } from './key.js';

interface Curve {
  /** Name inside SSH blobs (RFC 5656, section 10.1). */
  readonly ssh: string;
  /** Name that OpenSSL and node:crypto use. */
  readonly openssl: string;
  /** Object identifier (RFC 5480, section 2.1.1.1). */
  readonly oid: string;
  /** Size of a coordinate and of the scalar, in bytes. */
  readonly bytes: number;
  readonly bits: number;
}

export const CURVES: Readonly<Record<CurveAlgorithm, Curve>> = {
  'ecdsa-sha2-nistp256': {
    ssh: 'nistp256',
    openssl: 'prime256v1',
    oid: '1.2.840.10045.3.1.7',
    bytes: 32,
    bits: 256,
  },
  'ecdsa-sha2-nistp384': {
    ssh: 'nistp384',
    openssl: 'secp384r1',
    oid: '1.3.132.0.34',
    bytes: 48,
    bits: 384,
  },
  'ecdsa-sha2-nistp521': {
    ssh: 'nistp521',
    openssl: 'secp521r1',
    oid: '1.3.132.0.35',
    bytes: 66,
    bits: 521,
  },
};

interface EdwardsCurve {
  /** Object identifier (RFC 8410, section 3). */
  readonly oid: string;
  /** Size of the seed and of the public point, in bytes (RFC 8032, sections 5.1.5 and 5.2.5). */
  readonly bytes: number;
  /** Size as ssh-keygen and PuTTYgen state it. */
  readonly bits: number;
}

export const EDWARDS: Readonly<Record<EdwardsAlgorithm, EdwardsCurve>> = {
  'ssh-ed25519': { oid: '1.3.101.112', bytes: 32, bits: 256 },
  'ssh-ed448': { oid: '1.3.101.113', bytes: 57, bits: 448 },
};

export function isCurve(algorithm: string): algorithm is CurveAlgorithm {
  return Object.hasOwn(CURVES, algorithm);
}

export function isEdwards(algorithm: string): algorithm is EdwardsAlgorithm {
  return Object.hasOwn(EDWARDS, algorithm);
}

/** The ECDSA algorithm of a curve's object identifier. */
export function curveByOid(oid: string): CurveAlgorithm | undefined {
  return Object.keys(CURVES)
    .filter(isCurve)
    .find((algorithm) => CURVES[algorithm].oid === oid);
}

/** The EdDSA algorithm of an object identifier. */
export function edwardsByOid(oid: string): EdwardsAlgorithm | undefined {
  return Object.keys(EDWARDS)
    .filter(isEdwards)
    .find((algorithm) => EDWARDS[algorithm].oid === oid);
}

/** What people call the algorithm: `RSA`, `ECDSA`, … */
export function typeName(algorithm: Algorithm): string {
  if (isCurve(algorithm)) return 'ECDSA';
  return { 'ssh-rsa': 'RSA', 'ssh-dss': 'DSA', 'ssh-ed25519': 'Ed25519', 'ssh-ed448': 'Ed448' }[
    algorithm
  ];
}
