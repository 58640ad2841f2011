/** A private key's fields in SSH's data types, as OpenSSH and PuTTY store them. */
import { CURVES, EDWARDS, isCurve, isEdwards } from './algorithms.js';
import { COPY_AGAIN, KeyError } from './errors.js';
import type { PrivateKey, PublicHalf } from './key.js';
import type { UncheckedKey } from './check.js';
import { checkPointSize, readPoint, refusedAlgorithm } from './public-key.js';
import { WireReader, wireMpint, wireString } from './wire.js';

/**
 * Reads PuTTY's private blob (PuTTY manual, appendix C.3) and joins it with the public half.
 * EdDSA secrets are strings of fixed length there, although the manual calls them mpints.
 * @throws KeyError as `WireReader`.
 */
export function readPpkPrivate(half: PublicHalf, blob: Buffer, what: string): UncheckedKey {
  // Bytes left over are padding to the cipher's block; it is random and the MAC covers it.
  const reader = new WireReader(blob, what);
  switch (half.algorithm) {
    case 'ssh-rsa': {
      const [d, p, q] = [reader.mpint('d'), reader.mpint('p'), reader.mpint('q')];
      return { ...half, private: { d, p, q, iqmp: reader.mpint('iqmp') } };
    }
    case 'ssh-dss':
      return { ...half, private: { x: reader.mpint('x') } };
    case 'ssh-ed25519':
    case 'ssh-ed448':
      return { ...half, private: { seed: reader.string('the secret') } };
    default:
      return { ...half, private: { d: reader.mpint('the secret number') } };
  }
}

/** PuTTY's private blob, unpadded. */
export function writePpkPrivate(key: PrivateKey): Buffer {
  switch (key.algorithm) {
    case 'ssh-rsa': {
      const { d, p, q, iqmp } = key.private;
      return Buffer.concat([d, p, q, iqmp].map(wireMpint));
    }
    case 'ssh-dss':
      return wireMpint(key.private.x);
    case 'ssh-ed25519':
    case 'ssh-ed448':
      return wireString(key.private.seed);
    default:
      return wireMpint(key.private.d);
  }
}

/**
 * Reads the key inside OpenSSH's private section: algorithm name, public and private fields mixed
 * (OpenSSH, sshkey.c, sshkey_private_deserialize).
 * @throws KeyError `algorithm-…`, or as `WireReader`.
 */
export function readOpensshFields(reader: WireReader, what: string): UncheckedKey {
  const algorithm = reader.name('the algorithm name');
  if (algorithm === 'ssh-rsa') {
    const [n, e, d] = [reader.mpint('n'), reader.mpint('e'), reader.mpint('d')];
    const [iqmp, p, q] = [reader.mpint('iqmp'), reader.mpint('p'), reader.mpint('q')];
    return { algorithm, public: { e, n }, private: { d, p, q, iqmp } };
  }
  if (algorithm === 'ssh-dss') {
    const [p, q, g] = [reader.mpint('p'), reader.mpint('q'), reader.mpint('g')];
    const y = reader.mpint('y');
    return { algorithm, public: { p, q, g, y }, private: { x: reader.mpint('x') } };
  }
  if (isCurve(algorithm)) {
    const name = reader.name('the curve name');
    const point = readPoint(algorithm, name, reader.string('the public point'), what);
    return { algorithm, public: { point }, private: { d: reader.mpint('the secret number') } };
  }
  if (isEdwards(algorithm)) {
    const { bytes } = EDWARDS[algorithm];
    const point = reader.string('the public key');
    checkPointSize(point, bytes, algorithm, what);
    // The secret is the seed with the public key appended.
    const pair = reader.string('the secret');
    if (pair.length !== 2 * bytes || !pair.subarray(bytes).equals(point)) {
      throw new KeyError(
        'eddsa-pair',
        `the ${algorithm} secret in the ${what} does not end with its public key`,
        COPY_AGAIN,
      );
    }
    return { algorithm, public: { point }, private: { seed: pair.subarray(0, bytes) } };
  }
  throw refusedAlgorithm(algorithm, what);
}

/** The fields that follow the check-ints in OpenSSH's private section, without the comment. */
export function writeOpensshFields(key: PrivateKey): Buffer {
  return Buffer.concat([wireString(key.algorithm), ...opensshFields(key)]);
}

function opensshFields(key: PrivateKey): Buffer[] {
  switch (key.algorithm) {
    case 'ssh-rsa': {
      const { n, e } = key.public;
      const { d, p, q, iqmp } = key.private;
      return [n, e, d, iqmp, p, q].map(wireMpint);
    }
    case 'ssh-dss': {
      const { p, q, g, y } = key.public;
      return [p, q, g, y, key.private.x].map(wireMpint);
    }
    case 'ssh-ed25519':
    case 'ssh-ed448': {
      const { point } = key.public;
      return [wireString(point), wireString(Buffer.concat([key.private.seed, point]))];
    }
    default: {
      const curve = wireString(CURVES[key.algorithm].ssh);
      return [curve, wireString(key.public.point), wireMpint(key.private.d)];
    }
  }
}
