import { BaiError } from '../../errors.js';
import { decodePoint, edwards25519, edwards448 } from './edwards.js';

/** A host key as PuTTY's cache holds it: `<id>@<port>:<host>` is its name, `value` its data. */
export interface CachedHostKey {
  readonly id: string;
  readonly value: string;
}

/** Every id that PuTTY 0.70–0.85 gives a host key in its cache; `rsa` is SSH-1. */
export const hostKeyIds: readonly string[] = [
  'rsa2',
  'dss',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-ed25519',
  'ssh-ed448',
  'rsa',
];

/** No SSH public key is as large: an RSA key of 16384 bits, OpenSSH's largest, takes 2.1 KiB. */
const maximalBlobLength = 16 * 1024;

/** The `string`s (RFC 4251, section 5) that a blob is made of; `mpint`s look the same. */
function strings(blob: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  let offset = 0;
  while (offset < blob.length) {
    const start = offset + 4;
    const end = start <= blob.length ? start + blob.readUInt32BE(offset) : Infinity;
    if (end > blob.length || blob.length > maximalBlobLength) {
      throw new BaiError(
        'host-key-truncated',
        `the session's host key is not a complete SSH public key (${blob.length} bytes)`,
        'run the command again; if it stays, restart the session so that it makes a new host key',
      );
    }
    parts.push(blob.subarray(start, end));
    offset = end;
  }
  return parts;
}

const number = (value: bigint): string => `0x${value.toString(16)}`;
const fromBytes = (part: Buffer): string => number(BigInt(`0x0${part.toString('hex')}`));

/** Affine coordinates from an uncompressed point, `04 X Y` (SEC 1, section 2.3.3). */
function uncompressed(point: Buffer): string[] | null {
  const size = (point.length - 1) / 2;
  if (point[0] !== 4 || !Number.isInteger(size) || size === 0) return null;
  return [fromBytes(point.subarray(1, 1 + size)), fromBytes(point.subarray(1 + size))];
}

function encodeValue(type: string, parts: readonly Buffer[]): CachedHostKey | null {
  const [first, second] = parts;
  switch (type) {
    case 'ssh-rsa': // e, n
      return parts.length === 2 ? { id: 'rsa2', value: parts.map(fromBytes).join() } : null;
    case 'ssh-dss': // p, q, g, y
      return parts.length === 4 ? { id: 'dss', value: parts.map(fromBytes).join() } : null;
    case 'ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521': {
      const point = second && uncompressed(second);
      if (!first || !point || `ecdsa-sha2-${first.toString('latin1')}` !== type) return null;
      return { id: type, value: [first.toString('latin1'), ...point].join() };
    }
    case 'ssh-ed25519':
    case 'ssh-ed448': {
      const curve = type === 'ssh-ed25519' ? edwards25519 : edwards448;
      const point = first && decodePoint(curve, first);
      return point ? { id: type, value: [number(point.x), number(point.y)].join() } : null;
    }
    default:
      throw new BaiError(
        'host-key-unknown-type',
        `the session's host key has a type that PuTTY's cache does not know: ${type}`,
        'use an image whose SSH server has an RSA, ECDSA or Ed25519 host key',
      );
  }
}

/**
 * The entry of PuTTY's host key cache for an SSH public key blob (RFC 4253, section 6.6). Numbers are
 * lower-case hex without leading zeros; EdDSA keys are stored as affine coordinates.
 * @throws BaiError `host-key-truncated`, `host-key-unknown-type`, `host-key-invalid`
 */
export function cachedHostKey(blob: Buffer): CachedHostKey {
  const [name, ...parts] = strings(blob);
  const type = (name ?? Buffer.alloc(0)).toString('latin1').replace(/[^\x21-\x7e]/g, '?');
  const entry = encodeValue(type, parts);
  if (!entry) {
    throw new BaiError(
      'host-key-invalid',
      `the session's host key of type ${type} does not hold the numbers of such a key`,
      'restart the session so that it makes a new host key, then run the command again',
    );
  }
  return entry;
}
