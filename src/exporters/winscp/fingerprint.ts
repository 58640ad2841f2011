import { createHash } from 'node:crypto';
import { hostKeyType } from '../host-key-line.js';
import { cachedHostKey } from '../putty/host-key.js';

/** The size of the keys whose type says it, as PuTTY counts. */
const fixedBits: Readonly<Record<string, number>> = {
  'ecdsa-sha2-nistp256': 256,
  'ecdsa-sha2-nistp384': 384,
  'ecdsa-sha2-nistp521': 521,
  'ssh-ed25519': 255,
  'ssh-ed448': 448,
};

const bits = (number: string | undefined): number => BigInt(number ?? '0').toString(2).length;

/**
 * A host key as WinSCP pins it (SshHostKey): type, size in bits, and the SHA-256 of the blob in
 * base64 without padding: `ssh-rsa 2048 NQ5N…`.
 */
export function winscpFingerprint(blob: Buffer): string {
  const { id, value } = cachedHostKey(blob);
  // RSA: e, n; DSA: p, q, g, y.
  const size = fixedBits[id] ?? bits(value.split(',')[id === 'rsa2' ? 1 : 0]);
  const hash = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
  return `${hostKeyType(blob)} ${size} ${hash}`;
}
