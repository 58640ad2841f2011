/**
 * Public halves as SSH blobs: RFC 4253 section 6.6 (RSA, DSA), RFC 5656 section 3.1 (ECDSA),
 * RFC 8709 section 4 (EdDSA). The same blob is in authorized_keys, PPK and OpenSSH private keys.
 */
import { createHash } from 'node:crypto';
import { CURVES, EDWARDS, isCurve, isEdwards } from './algorithms.js';
import { COPY_AGAIN, KeyError } from './errors.js';
import { commentText, type PrivateKey, type PublicHalf } from './key.js';
import { bitLength } from './numbers.js';
import { WireReader, wireMpint, wireString } from './wire.js';

/** A public key as a container shows it. */
export interface PublicKey {
  readonly algorithm: PublicHalf['algorithm'];
  /** The SSH blob. */
  readonly blob: Buffer;
  /** The comment's bytes; `null` where the container has none or encrypts it. */
  readonly comment: Buffer | null;
}

/**
 * Reads a public key blob. `what` names it in error texts.
 * @throws KeyError `algorithm-refused`, `curve-name`, `point-size`, or as `WireReader`.
 */
export function readPublicBlob(blob: Buffer, what: string): PublicHalf {
  const reader = new WireReader(blob, what);
  const half = readPublicFields(reader.name('the algorithm name'), reader, what);
  reader.end();
  return half;
}

/** Reads the fields of a public half that follow the algorithm name, as in OpenSSH's containers. */
function readPublicFields(algorithm: string, reader: WireReader, what: string): PublicHalf {
  if (algorithm === 'ssh-rsa') {
    return { algorithm, public: { e: reader.mpint('e'), n: reader.mpint('n') } };
  }
  if (algorithm === 'ssh-dss') {
    const [p, q, g] = [reader.mpint('p'), reader.mpint('q'), reader.mpint('g')];
    return { algorithm, public: { p, q, g, y: reader.mpint('y') } };
  }
  if (isCurve(algorithm)) {
    const name = reader.name('the curve name');
    const point = readPoint(algorithm, name, reader.string('the public point'), what);
    return { algorithm, public: { point } };
  }
  if (isEdwards(algorithm)) {
    const point = reader.string('the public key');
    checkPointSize(point, EDWARDS[algorithm].bytes, algorithm, what);
    return { algorithm, public: { point } };
  }
  throw refusedAlgorithm(algorithm, what);
}

/** Checks that a point belongs to the curve of `algorithm` by name and form; not that it is on it. */
export function readPoint(
  algorithm: keyof typeof CURVES,
  name: string,
  point: Buffer,
  what: string,
): Buffer {
  const curve = CURVES[algorithm];
  if (name !== curve.ssh) {
    throw new KeyError(
      'curve-name',
      `the ${what} says ${algorithm} but names the curve ${printable(name)}`,
      COPY_AGAIN,
    );
  }
  checkPointSize(point, 2 * curve.bytes + 1, algorithm, what);
  if (point[0] !== 4) {
    throw new KeyError(
      'point-form',
      `the public point in the ${what} is not in uncompressed form (first byte ${point[0] ?? 0}, not 4)`,
      COPY_AGAIN,
    );
  }
  return point;
}

/** @throws KeyError `point-size` where a public point has not `bytes` bytes. */
export function checkPointSize(
  point: Buffer,
  bytes: number,
  algorithm: string,
  what: string,
): void {
  if (point.length === bytes) return;
  throw new KeyError(
    'point-size',
    `the public key in the ${what} has ${point.length} bytes; ${algorithm} has ${bytes}`,
    COPY_AGAIN,
  );
}

/** The refusal of an algorithm that is none of ours, by the name that people know it by. */
export function refusedAlgorithm(algorithm: string, what: string): KeyError {
  const refuse = (code: string, message: string, hint: string) => new KeyError(code, message, hint);
  if (algorithm.startsWith('sk-')) {
    return refuse(
      'algorithm-hardware',
      `the ${what} is for a security key (${printable(algorithm)}): the secret is in the device`,
      'PuTTY and FileZilla cannot use it; make a plain key: ssh-keygen -t ed25519',
    );
  }
  if (algorithm.includes('-cert-v0')) {
    return refuse(
      'algorithm-certificate',
      `the ${what} holds a certificate (${printable(algorithm)}), not a plain key`,
      'give the private key file that the certificate was made for',
    );
  }
  if (/ml-?dsa|slh-?dsa|sphincs|falcon/i.test(algorithm)) {
    return refuse(
      'algorithm-post-quantum',
      `the ${what} is of the post-quantum type ${printable(algorithm)}, which PuTTY cannot read yet`,
      'make a key that all clients read: ssh-keygen -t ed25519',
    );
  }
  return refuse(
    'algorithm-unknown',
    `the ${what} is of the unknown type ${printable(algorithm)}`,
    'RSA, DSA, ECDSA (P-256, P-384, P-521), Ed25519 and Ed448 can be read',
  );
}

/** A name from a file, made safe to print. */
export function printable(name: string): string {
  const safe = name.slice(0, 60).replace(/[^\x20-\x7e]/g, '?');
  return `"${safe}${name.length > 60 ? '...' : ''}"`;
}

/** Writes the public key blob of a key, private or public. */
export function publicKeyBlob(key: PublicHalf): Buffer {
  return Buffer.concat([wireString(key.algorithm), ...publicFields(key)]);
}

function publicFields(key: PublicHalf): Buffer[] {
  switch (key.algorithm) {
    case 'ssh-rsa':
      return [wireMpint(key.public.e), wireMpint(key.public.n)];
    case 'ssh-dss': {
      const { p, q, g, y } = key.public;
      return [p, q, g, y].map(wireMpint);
    }
    case 'ssh-ed25519':
    case 'ssh-ed448':
      return [wireString(key.public.point)];
    default:
      return [wireString(CURVES[key.algorithm].ssh), wireString(key.public.point)];
  }
}

/** Size in bits as `ssh-keygen -l` states it. */
export function keyBits(key: PublicHalf): number {
  switch (key.algorithm) {
    case 'ssh-rsa':
      return bitLength(key.public.n);
    case 'ssh-dss':
      return bitLength(key.public.p);
    case 'ssh-ed25519':
    case 'ssh-ed448':
      return EDWARDS[key.algorithm].bits;
    default:
      return CURVES[key.algorithm].bits;
  }
}

/**
 * The fingerprint of a public key blob as `ssh-keygen -l` prints it: `SHA256:` and base64 without
 * padding, or `MD5:` and hex pairs (`ssh-keygen -l -E md5`).
 */
export function fingerprint(blob: Uint8Array, hash: 'sha256' | 'md5' = 'sha256'): string {
  const digest = createHash(hash).update(blob).digest();
  if (hash === 'sha256') return `SHA256:${digest.toString('base64').replace(/=+$/, '')}`;
  return `MD5:${(digest.toString('hex').match(/../g) ?? []).join(':')}`;
}

/**
 * The line for authorized_keys, without a line end: algorithm, base64 blob, comment if there is one.
 * Control characters in the comment become blanks, so that it is always one line.
 */
export function publicKeyLine(key: PrivateKey | PublicKey): string {
  const blob = 'blob' in key ? key.blob : publicKeyBlob(key);
  const comment = key.comment === null ? '' : commentText(key.comment);
  const words = [key.algorithm, blob.toString('base64'), comment.replace(/\p{Cc}/gu, ' ').trim()];
  return words.filter((word) => word !== '').join(' ');
}
