/**
 * Encrypted PKCS#8: EncryptedPrivateKeyInfo (RFC 5958, section 3) with PBES2 (RFC 8018, section 6.2),
 * as OpenSSL has it; the older PBES1 is in a file of its own.
 */
import { createCipheriv, createDecipheriv, pbkdf2, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import {
  DerReader,
  derInteger,
  derNull,
  derOctets,
  derOid,
  derSequence,
  isOneSequence,
} from './der.js';
import { COPY_AGAIN, KeyError, passphraseNeeded, passphraseWrong } from './errors.js';
import { passphraseBytes, type Passphrase } from './passphrase.js';
import { decryptPbes1, isPbes1 } from './pbes1.js';
import { finish } from './pem-encryption.js';

/** RFC 8018, appendices A.2 to A.4 and C; scrypt: RFC 7914, section 7. */
const OID_PBES2 = '1.2.840.113549.1.5.13';
const OID_PBKDF2 = '1.2.840.113549.1.5.12';
const OID_SCRYPT = '1.3.6.1.4.1.11591.4.11';
const OID_HMAC_SHA256 = '1.2.840.113549.2.9';
const OID_AES256_CBC = '2.16.840.1.101.3.4.1.42';

const PRFS: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  [OID_HMAC_SHA256]: 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
  '1.2.840.113549.2.12': 'sha512-224',
  '1.2.840.113549.2.13': 'sha512-256',
};

/** Node's names and sizes in bytes; the AES ones are of NIST's register (RFC 8018, appendix C). */
const CIPHERS: Readonly<Record<string, { openssl: string; key: number; iv: number }>> = {
  '2.16.840.1.101.3.4.1.2': { openssl: 'aes-128-cbc', key: 16, iv: 16 },
  '2.16.840.1.101.3.4.1.22': { openssl: 'aes-192-cbc', key: 24, iv: 16 },
  [OID_AES256_CBC]: { openssl: 'aes-256-cbc', key: 32, iv: 16 },
  '1.2.840.113549.3.7': { openssl: 'des-ede3-cbc', key: 24, iv: 8 },
};

/** OpenSSL writes 2048, OWASP's cheat sheet of 2023 asks for 600 000; a million takes under 1 s. */
const MAX_ITERATIONS = 1_000_000;
/** What we write: OWASP's number for PBKDF2 with HMAC-SHA-256. */
const ITERATIONS = 600_000;
/** Bytes that scrypt may fill (128·N·r); OpenSSL's default fills 16 MiB. */
const MAX_SCRYPT_MEMORY = 64 * 1024 * 1024;
/** Bytes filled over all its lanes (128·N·r·p), which is what the time goes by. */
const MAX_SCRYPT_WORK = 4 * MAX_SCRYPT_MEMORY;

/**
 * Decrypts EncryptedPrivateKeyInfo to PrivateKeyInfo.
 * @throws KeyError `passphrase-needed`, `passphrase-wrong`, `pkcs8-…` where a parameter is unknown
 *   or out of bounds.
 */
export async function decryptPkcs8(
  body: Buffer,
  title: string,
  passphrase: Passphrase | undefined,
): Promise<Buffer> {
  const file = new DerReader(body, title);
  const outer = file.sequence('the encrypted key', title);
  file.end();
  const algorithm = outer.sequence('the encryption');
  const content = outer.octets('the content');
  outer.end();
  const oid = algorithm.oid('the encryption identifier');
  const parameters = algorithm.sequence('the parameters');
  algorithm.end();
  const secret = passphraseBytes(passphrase);
  if (secret.length === 0) throw passphraseNeeded(title);
  let plain: Buffer | null;
  if (oid === OID_PBES2) plain = await decryptPbes2(parameters, content, title, secret);
  else if (isPbes1(oid)) plain = await decryptPbes1(oid, parameters, content, title, secret);
  else {
    throw unknownPart('pkcs8-encryption', 'is encrypted by a scheme', oid, title);
  }
  if (plain === null || !isOneSequence(plain)) throw passphraseWrong(title);
  return plain;
}

function unknownPart(code: string, sentence: string, oid: string, title: string): KeyError {
  return new KeyError(
    code,
    `the ${title} ${sentence} that is not known here (object identifier ${oid})`,
    'encrypt it anew with the defaults: openssl pkcs8 -topk8 -in KEY -out OUT',
  );
}

async function decryptPbes2(
  parameters: DerReader,
  content: Buffer,
  title: string,
  secret: Buffer,
): Promise<Buffer | null> {
  const kdf = parameters.sequence('the key derivation');
  const encryption = parameters.sequence('the cipher');
  parameters.end();
  const cipherOid = encryption.oid('the cipher identifier');
  const cipher = CIPHERS[cipherOid];
  if (cipher === undefined) {
    throw unknownPart('pkcs8-cipher', 'is encrypted with a cipher', cipherOid, title);
  }
  const iv = encryption.octets('the IV');
  encryption.end();
  if (iv.length !== cipher.iv) {
    throw new KeyError(
      'pkcs8-iv',
      `the IV of the ${title} has ${iv.length} bytes, not ${cipher.iv}`,
      COPY_AGAIN,
    );
  }
  const key = await deriveKey(kdf, secret, cipher.key, title);
  const decipher = createDecipheriv(cipher.openssl, key, iv);
  return finish(() => Buffer.concat([decipher.update(content), decipher.final()]));
}

async function deriveKey(
  kdf: DerReader,
  secret: Buffer,
  length: number,
  title: string,
): Promise<Buffer> {
  const oid = kdf.oid('the key derivation identifier');
  const parameters = kdf.sequence('the key derivation parameters');
  kdf.end();
  if (oid === OID_SCRYPT) return scryptKey(parameters, secret, length, title);
  if (oid !== OID_PBKDF2) {
    throw unknownPart('pkcs8-derivation', 'uses a key derivation', oid, title);
  }
  const salt = parameters.octets('the salt');
  const iterations = parameters.small('the iteration count');
  checkIterations(iterations, MAX_ITERATIONS, title);
  if (parameters.next === 0x02) checkKeyLength(parameters.small('the key length'), length, title);
  let hash = 'sha1';
  if (parameters.next !== undefined) {
    const prf = parameters.sequence('the hash');
    const prfOid = prf.oid('the hash identifier');
    hash = PRFS[prfOid] ?? '';
    if (hash === '') throw unknownPart('pkcs8-hash', 'derives its key with a hash', prfOid, title);
    if (prf.next !== undefined) prf.null('the hash parameters');
    prf.end();
  }
  parameters.end();
  return promisify(pbkdf2)(secret, salt, iterations, length, hash);
}

/**
 * Bounds the rounds of a password-based derivation.
 * @throws KeyError `pkcs8-iterations`.
 */
export function checkIterations(iterations: number, most: number, title: string): void {
  if (iterations >= 1 && iterations <= most) return;
  throw new KeyError(
    'pkcs8-iterations',
    `the ${title} asks for ${iterations} iterations; 1 to ${most} are allowed`,
    'encrypt it anew with fewer: openssl pkcs8 -topk8 -iter 600000 -in KEY -out OUT',
  );
}

function checkKeyLength(stated: number, length: number, title: string): void {
  if (stated === length) return;
  throw new KeyError(
    'pkcs8-key-length',
    `the ${title} states a key of ${stated} bytes, but its cipher takes ${length}`,
    COPY_AGAIN,
  );
}

/** scrypt-params of RFC 7914, section 7.1. */
async function scryptKey(
  parameters: DerReader,
  secret: Buffer,
  length: number,
  title: string,
): Promise<Buffer> {
  const salt = parameters.octets('the salt');
  const N = parameters.small('the cost N');
  const r = parameters.small('the block size r');
  const p = parameters.small('the parallelism p');
  if (parameters.next !== undefined) {
    checkKeyLength(parameters.small('the key length'), length, title);
  }
  parameters.end();
  const memory = 128 * N * r;
  const fits = N >= 2 && r >= 1 && p >= 1 && Number.isInteger(Math.log2(N));
  if (!fits || memory > MAX_SCRYPT_MEMORY || memory * p > MAX_SCRYPT_WORK) {
    throw new KeyError(
      'pkcs8-scrypt',
      `the ${title} asks for scrypt with N=${N}, r=${r}, p=${p}, which is not allowed`,
      'encrypt it anew with the defaults: openssl pkcs8 -topk8 -scrypt -in KEY -out OUT',
    );
  }
  // OpenSSL counts a little more than the big array.
  const options = { N, r, p, maxmem: 2 * MAX_SCRYPT_MEMORY };
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, length, options, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}

/** Encrypts PrivateKeyInfo with PBES2, PBKDF2-HMAC-SHA-256 and AES-256-CBC, as OpenSSL reads it. */
export async function encryptPkcs8(plain: Uint8Array, secret: Buffer): Promise<Buffer> {
  const [salt, iv] = [randomBytes(16), randomBytes(16)];
  const key = await promisify(pbkdf2)(secret, salt, ITERATIONS, 32, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const content = Buffer.concat([cipher.update(plain), cipher.final()]);
  const prf = derSequence(derOid(OID_HMAC_SHA256), derNull());
  const rounds = derInteger(BigInt(ITERATIONS));
  const kdf = derSequence(derOid(OID_PBKDF2), derSequence(derOctets(salt), rounds, prf));
  const encryption = derSequence(derOid(OID_AES256_CBC), derOctets(iv));
  const scheme = derSequence(derOid(OID_PBES2), derSequence(kdf, encryption));
  return derSequence(scheme, derOctets(content));
}
