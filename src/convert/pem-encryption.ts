/**
 * OpenSSL's old way of encrypting PEM keys: the headers of RFC 1421 (`Proc-Type: 4,ENCRYPTED`,
 * `DEK-Info: CIPHER,IV`) and the key derivation of OpenSSL's EVP_BytesToKey with MD5, once.
 */
import { createDecipheriv, createHash } from 'node:crypto';
import { isOneSequence } from './der.js';
import { COPY_AGAIN, KeyError, passphraseNeeded, passphraseWrong } from './errors.js';
import { passphraseBytes, type Passphrase } from './passphrase.js';
import type { Pem } from './pem.js';
import { printable } from './public-key.js';

/** DEK-Info names (RFC 1423, OpenSSL) with node's names and sizes in bytes. */
const CIPHERS: Readonly<Record<string, { openssl: string; key: number; iv: number }>> = {
  'DES-EDE3-CBC': { openssl: 'des-ede3-cbc', key: 24, iv: 8 },
  'AES-128-CBC': { openssl: 'aes-128-cbc', key: 16, iv: 16 },
  'AES-192-CBC': { openssl: 'aes-192-cbc', key: 24, iv: 16 },
  'AES-256-CBC': { openssl: 'aes-256-cbc', key: 32, iv: 16 },
};

/** The cipher that a traditional PEM block names, or `null` where it is not encrypted. */
export function traditionalCipher(pem: Pem): string | null {
  const info = pem.headers.get('DEK-Info');
  if (info === undefined && !pem.headers.get('Proc-Type')?.includes('ENCRYPTED')) return null;
  return (info ?? '').split(',', 1)[0] ?? '';
}

/**
 * Decrypts a traditional PEM block to DER.
 * @throws KeyError `passphrase-needed`, `passphrase-wrong`, `dek-cipher`, `dek-iv`, `dek-block`.
 */
export function decryptTraditional(
  pem: Pem,
  title: string,
  passphrase: Passphrase | undefined,
): Buffer {
  const name = traditionalCipher(pem) ?? '';
  const cipher = Object.hasOwn(CIPHERS, name) ? CIPHERS[name] : undefined;
  if (cipher === undefined) {
    throw new KeyError(
      'dek-cipher',
      `the ${title} is encrypted with ${printable(name)} (DEK-Info), which cannot be read here`,
      'encrypt it anew: openssl pkey -aes256 -in KEY -out OUT',
    );
  }
  const hex = pem.headers.get('DEK-Info')?.slice(name.length + 1) ?? '';
  if (hex.length !== 2 * cipher.iv || !/^[0-9a-f]*$/i.test(hex)) {
    throw new KeyError(
      'dek-iv',
      `the DEK-Info line of the ${title} has not the ${2 * cipher.iv} hex digits of ${name}`,
      COPY_AGAIN,
    );
  }
  if (pem.body.length % cipher.iv !== 0) {
    throw new KeyError(
      'dek-block',
      `the encrypted content of the ${title} has ${pem.body.length} bytes, no multiple of ${cipher.iv}`,
      COPY_AGAIN,
    );
  }
  const secret = passphraseBytes(passphrase);
  if (secret.length === 0) throw passphraseNeeded(title);
  const iv = Buffer.from(hex, 'hex');
  // OpenSSL salts with the first 8 bytes of the IV.
  const key = bytesToKey(secret, iv.subarray(0, 8), cipher.key);
  const decipher = createDecipheriv(cipher.openssl, key, iv);
  const plain = finish(() => Buffer.concat([decipher.update(pem.body), decipher.final()]));
  if (plain === null || !isOneSequence(plain)) throw passphraseWrong(title);
  return plain;
}

/** EVP_BytesToKey(MD5, count 1). */
function bytesToKey(passphrase: Buffer, salt: Buffer, length: number): Buffer {
  let key = Buffer.alloc(0);
  let block = Buffer.alloc(0);
  while (key.length < length) {
    block = createHash('md5').update(block).update(passphrase).update(salt).digest();
    key = Buffer.concat([key, block]);
  }
  return key.subarray(0, length);
}

/** The result of a decryption, or `null` where its padding is wrong, as a wrong key makes it. */
export function finish(decryption: () => Buffer): Buffer | null {
  try {
    return decryption();
  } catch {
    return null;
  }
}
