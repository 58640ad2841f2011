/** Key derivation and MAC of PuTTY's key files: PuTTY manual, appendix C. */
import { createHash, createHmac } from 'node:crypto';
import { argon2, type Argon2Parameters } from './argon2.js';
import { wireString } from './wire.js';

export type PpkVersion = 2 | 3;

export interface PpkSecrets {
  /** 32 bytes, AES-256. */
  readonly cipherKey: Buffer;
  /** 16 bytes. */
  readonly iv: Buffer;
  readonly macKey: Buffer;
}

/** Version 2 (appendix C.5): SHA-1 of a counter and the passphrase, no salt, IV of zeros. */
export function deriveV2(passphrase: Buffer): PpkSecrets {
  const half = (counter: number) =>
    createHash('sha1')
      .update(Buffer.of(0, 0, 0, counter))
      .update(passphrase)
      .digest();
  return {
    cipherKey: Buffer.concat([half(0), half(1)]).subarray(0, 32),
    iv: Buffer.alloc(16),
    macKey: macKeyV2(passphrase),
  };
}

/** Version 3 (appendix C.4): 80 bytes of Argon2 cut into cipher key, IV and MAC key. */
export async function deriveV3(
  passphrase: Buffer,
  parameters: Argon2Parameters,
): Promise<PpkSecrets> {
  const bytes = await argon2(passphrase, parameters, 80);
  return {
    cipherKey: bytes.subarray(0, 32),
    iv: bytes.subarray(32, 48),
    macKey: bytes.subarray(48, 80),
  };
}

/** The MAC key of unencrypted files: in version 2 the hash of a constant, in version 3 empty. */
export function plainMacKey(version: PpkVersion): Buffer {
  return version === 2 ? macKeyV2(Buffer.alloc(0)) : Buffer.alloc(0);
}

function macKeyV2(passphrase: Buffer): Buffer {
  return createHash('sha1').update('putty-private-key-file-mac-key').update(passphrase).digest();
}

/** The MAC over all that matters; `privateBlob` in plain text with its padding. */
export function ppkMac(
  version: PpkVersion,
  macKey: Buffer,
  fields: {
    readonly algorithm: string;
    readonly encryption: string;
    readonly comment: Buffer;
    readonly publicBlob: Buffer;
    readonly privateBlob: Buffer;
  },
): Buffer {
  const { algorithm, encryption, comment, publicBlob, privateBlob } = fields;
  return createHmac(version === 2 ? 'sha1' : 'sha256', macKey)
    .update(wireString(algorithm))
    .update(wireString(encryption))
    .update(wireString(comment))
    .update(wireString(publicBlob))
    .update(wireString(privateBlob))
    .digest();
}
