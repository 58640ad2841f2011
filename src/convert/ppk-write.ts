/**
 * Writes PuTTY private keys, versions 2 and 3: PuTTY manual, appendix C
 * <https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html>. Unencrypted output is byte
 * for byte what `puttygen -O private` writes.
 */
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { chooseArgon2, type Argon2Choice } from './argon2.js';
import type { PrivateKey } from './key.js';
import { passphraseBytes, type Passphrase } from './passphrase.js';
import { splitLines } from './pem.js';
import {
  deriveV2,
  deriveV3,
  plainMacKey,
  ppkMac,
  type PpkSecrets,
  type PpkVersion,
} from './ppk-crypto.js';
import { writePpkPrivate } from './private-fields.js';
import { publicKeyBlob } from './public-key.js';

/** What PuTTYgen calls a key whose container had no comment. */
const NO_COMMENT = 'imported-openssh-key';
/** AES block. */
const BLOCK = 16;

export interface PpkOptions {
  /** 2 is read by every client since 2001, 3 by PuTTY 0.75 and WinSCP 5.19 on. Default 2 without a passphrase, 3 with one. */
  readonly version?: PpkVersion;
  /** Instead of the key's own comment. */
  readonly comment?: string | Uint8Array;
  /** Encrypts the file; empty means none, as in PuTTYgen. */
  readonly passphrase?: Passphrase;
  /** How hard version 3 makes guessing; default as PuTTYgen. */
  readonly argon2?: Argon2Choice;
}

/**
 * Writes a key as a PPK file with LF line ends.
 * @returns the bytes; not text, as the comment is in whatever character set the key had it.
 * @throws KeyError `argon2-…` where the chosen parameters are out of bounds.
 */
export async function writePpk(key: PrivateKey, options: PpkOptions = {}): Promise<Buffer> {
  const passphrase = passphraseBytes(options.passphrase);
  const encrypted = passphrase.length > 0;
  const version = options.version ?? (encrypted ? 3 : 2);
  const encryption = encrypted ? 'aes256-cbc' : 'none';
  const comment = ppkComment(options.comment ?? key.comment ?? NO_COMMENT);
  const publicBlob = publicKeyBlob(key);
  const plain = pad(writePpkPrivate(key), encrypted);

  let kdfLines: string[] = [];
  let secrets: PpkSecrets | null = null;
  if (encrypted && version === 2) secrets = deriveV2(passphrase);
  if (encrypted && version === 3) {
    const parameters = await chooseArgon2(options.argon2, randomBytes(16));
    secrets = await deriveV3(passphrase, parameters);
    kdfLines = [
      `Key-Derivation: ${parameters.flavour}`,
      `Argon2-Memory: ${parameters.memory}`,
      `Argon2-Passes: ${parameters.passes}`,
      `Argon2-Parallelism: ${parameters.parallelism}`,
      `Argon2-Salt: ${parameters.salt.toString('hex')}`,
    ];
  }
  const macKey = secrets?.macKey ?? plainMacKey(version);
  const fields = { algorithm: key.algorithm, encryption, comment, publicBlob, privateBlob: plain };
  const stored = secrets ? encrypt(plain, secrets) : plain;
  const text = [
    `PuTTY-User-Key-File-${version}: ${key.algorithm}`,
    `Encryption: ${encryption}`,
    `Comment: ${comment.toString('latin1')}`,
    ...blobLines('Public', publicBlob),
    ...kdfLines,
    ...blobLines('Private', stored),
    `Private-MAC: ${ppkMac(version, macKey, fields).toString('hex')}`,
    '',
  ];
  return Buffer.from(text.join('\n'), 'latin1');
}

/**
 * A comment must stay on its line, so control bytes become blanks; and blanks at either end are left
 * out, since FileZilla trims them before it checks the MAC (seen in 3.71) and then refuses the key.
 */
function ppkComment(comment: string | Uint8Array): Buffer {
  const bytes = Buffer.from(comment).map((byte) => (byte < 0x20 || byte === 0x7f ? 0x20 : byte));
  const isBlank = (at: number) => bytes[at] === 0x20;
  let [start, end] = [0, bytes.length];
  while (start < end && isBlank(start)) start += 1;
  while (end > start && isBlank(end - 1)) end -= 1;
  return Buffer.from(bytes.subarray(start, end));
}

/** Pads to the cipher's block with the first bytes of SHA-1 of the blob, as PuTTYgen does. */
function pad(blob: Buffer, encrypted: boolean): Buffer {
  const missing = encrypted ? (BLOCK - (blob.length % BLOCK)) % BLOCK : 0;
  const padding = createHash('sha1').update(blob).digest().subarray(0, missing);
  return Buffer.concat([blob, padding]);
}

function encrypt(plain: Buffer, { cipherKey, iv }: PpkSecrets): Buffer {
  const cipher = createCipheriv('aes-256-cbc', cipherKey, iv).setAutoPadding(false);
  return Buffer.concat([cipher.update(plain), cipher.final()]);
}

function blobLines(name: string, blob: Buffer): string[] {
  const base64 = splitLines(blob.toString('base64'), 64);
  return [`${name}-Lines: ${base64.length}`, ...base64];
}
