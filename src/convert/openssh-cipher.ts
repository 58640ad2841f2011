/**
 * The ciphers of OpenSSH's private keys (OpenSSH, cipher.c; PROTOCOL.key) and their key derivation,
 * bcrypt_pbkdf.
 */
import { createCipheriv, createDecipheriv, timingSafeEqual } from 'node:crypto';
import { bytesToNumber } from './numbers.js';

interface OpensshCipher {
  /** Bytes of key material, then of IV, that are derived from the passphrase. */
  readonly key: number;
  readonly iv: number;
  /** Block that the private section is padded to, in bytes. */
  readonly block: number;
  /** Bytes of the authentication tag that follows the private section. */
  readonly tag: number;
  /** The cipher's name in node:crypto. */
  readonly openssl: string;
}

/** OpenSSH, cipher.c, table `ciphers`; the IV of ChaCha20 is a packet number, here always 0. */
const CIPHERS: Readonly<Record<string, OpensshCipher>> = {
  '3des-cbc': { key: 24, iv: 8, block: 8, tag: 0, openssl: 'des-ede3-cbc' },
  'aes128-cbc': { key: 16, iv: 16, block: 16, tag: 0, openssl: 'aes-128-cbc' },
  'aes192-cbc': { key: 24, iv: 16, block: 16, tag: 0, openssl: 'aes-192-cbc' },
  'aes256-cbc': { key: 32, iv: 16, block: 16, tag: 0, openssl: 'aes-256-cbc' },
  'aes128-ctr': { key: 16, iv: 16, block: 16, tag: 0, openssl: 'aes-128-ctr' },
  'aes192-ctr': { key: 24, iv: 16, block: 16, tag: 0, openssl: 'aes-192-ctr' },
  'aes256-ctr': { key: 32, iv: 16, block: 16, tag: 0, openssl: 'aes-256-ctr' },
  'aes128-gcm@openssh.com': { key: 16, iv: 12, block: 16, tag: 16, openssl: 'aes-128-gcm' },
  'aes256-gcm@openssh.com': { key: 32, iv: 12, block: 16, tag: 16, openssl: 'aes-256-gcm' },
  'chacha20-poly1305@openssh.com': { key: 64, iv: 0, block: 8, tag: 16, openssl: 'chacha20' },
};

export function opensshCipher(name: string): OpensshCipher | undefined {
  return Object.hasOwn(CIPHERS, name) ? CIPHERS[name] : undefined;
}

/**
 * bcrypt_pbkdf (OpenBSD, lib/libutil/bcrypt_pbkdf.c).
 * @param length bytes to derive.
 */
export async function bcryptKey(
  passphrase: Buffer,
  salt: Buffer,
  rounds: number,
  length: number,
): Promise<Buffer> {
  const { default: bcrypt } = await import('bcrypt-pbkdf');
  const key = Buffer.alloc(length);
  const failed = bcrypt.pbkdf(
    passphrase,
    passphrase.length,
    salt,
    salt.length,
    key,
    key.length,
    rounds,
  );
  if (failed !== 0) throw new RangeError('bcrypt_pbkdf refused its parameters');
  return key;
}

/**
 * Decrypts a private section.
 * @param derived key and IV, of the cipher's sizes.
 * @returns `null` where the authentication tag does not fit, i.e. the passphrase is wrong.
 */
export function decryptSection(
  cipher: OpensshCipher,
  derived: Buffer,
  section: Buffer,
  tag: Buffer,
): Buffer | null {
  const key = derived.subarray(0, cipher.key);
  const iv = derived.subarray(cipher.key);
  if (cipher.openssl === 'chacha20') return openChacha(key, section, tag);
  if (cipher.tag > 0) {
    const gcm = createDecipheriv(cipher.openssl as 'aes-256-gcm', key, iv, { authTagLength: 16 });
    gcm.setAuthTag(tag);
    const plain = gcm.update(section);
    try {
      return Buffer.concat([plain, gcm.final()]);
    } catch {
      return null;
    }
  }
  const plain = createDecipheriv(cipher.openssl, key, iv).setAutoPadding(false);
  return Buffer.concat([plain.update(section), plain.final()]);
}

/** Encrypts with aes256-ctr, what ssh-keygen writes by default. */
export function encryptSection(derived: Buffer, section: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-ctr', derived.subarray(0, 32), derived.subarray(32));
  return Buffer.concat([cipher.update(section), cipher.final()]);
}

/**
 * chacha20-poly1305@openssh.com (OpenSSH, PROTOCOL.chacha20poly1305): the first half of the key
 * encrypts, block 0 of its stream is the Poly1305 key, the text starts at block 1. The second half
 * would encrypt a packet's length, which a file has not.
 */
function openChacha(key: Buffer, section: Buffer, tag: Buffer): Buffer | null {
  const stream = (block: number, bytes: Buffer) => {
    // The original ChaCha20: 8 bytes of block counter (little-endian), 8 bytes of packet number.
    const iv = Buffer.alloc(16);
    iv.writeUInt32LE(block);
    return createCipheriv('chacha20', key.subarray(0, 32), iv).update(bytes);
  };
  const macKey = stream(0, Buffer.alloc(32));
  if (!timingSafeEqual(poly1305(macKey, section), tag)) return null;
  return stream(1, section);
}

/** Poly1305 (RFC 8439, section 2.5), which node:crypto has only inside another AEAD. */
function poly1305(key: Buffer, message: Buffer): Buffer {
  const littleEndian = (bytes: Buffer) => bytesToNumber(Buffer.from(bytes).reverse());
  const prime = (1n << 130n) - 5n;
  const r = littleEndian(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  let sum = 0n;
  for (let at = 0; at < message.length; at += 16) {
    const block = Buffer.concat([message.subarray(at, at + 16), Buffer.of(1)]);
    sum = ((sum + littleEndian(block)) * r) % prime;
  }
  const tag = (sum + littleEndian(key.subarray(16))) & ((1n << 128n) - 1n);
  return Buffer.from(tag.toString(16).padStart(32, '0'), 'hex').reverse();
}
