import { createPublicKey } from 'node:crypto';

/**
 * An RSA signature as long as its modulus. RFC 4253 section 6.6 sends it without leading zeros, PuTTY and
 * FileZilla do so, and OpenSSL does not verify it then. dropbear neither: one login in some 200 fails
 * there, which nobody who tries the demo should have to meet.
 *
 * @param publicKey PEM
 */
export function fullLength(signature: Buffer, publicKey: string): Buffer {
  const key = createPublicKey(publicKey);
  if (key.asymmetricKeyType !== 'rsa') return signature;
  const length = Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
  return Buffer.concat([Buffer.alloc(Math.max(0, length - signature.length)), signature]);
}
