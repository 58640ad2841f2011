/** Reads a private key out of whatever holds it. */
import { ARGON2_LIMITS, type Argon2Limits } from './argon2.js';
import { readDsa, readPkcs1, readPkcs8, readSec1 } from './asn1-read.js';
import { findContainer } from './container.js';
import type { PrivateKey } from './key.js';
import { BCRYPT_ROUNDS_LIMIT, readOpenssh } from './openssh-read.js';
import type { Passphrase } from './passphrase.js';
import { decryptTraditional, traditionalCipher } from './pem-encryption.js';
import { decodePem } from './pem.js';
import { decryptPkcs8 } from './pkcs8-encryption.js';
import { readPpk } from './ppk-read.js';

export interface ReadOptions {
  /** For encrypted containers; ignored for others. */
  readonly passphrase?: Passphrase;
  /** Raise what a file may cost; by default no file takes more than about 2 s or 256 MiB. */
  readonly limits?: Partial<ReadLimits>;
}

export interface ReadLimits {
  /** Rounds of bcrypt_pbkdf of an OpenSSH key. */
  readonly bcryptRounds: number;
  /** Argon2 of a PuTTY key. */
  readonly argon2: Argon2Limits;
}

/**
 * Reads and checks a private key: PKCS#1, SEC1, DSA and PKCS#8 PEM, OpenSSH, PuTTY 2 and 3, plain or
 * encrypted. Marks, CRLF, UTF-16, junk and a tar around it and a missing last line end are tolerated.
 * @throws KeyError with a code for each thing that can be wrong; `passphrase-needed` and
 *   `passphrase-wrong` carry the public half where the container shows it.
 */
export async function readPrivateKey(
  bytes: Uint8Array,
  options: ReadOptions = {},
): Promise<PrivateKey> {
  const container = findContainer(bytes);
  const { title } = container;
  const { passphrase } = options;
  if (container.kind === 'ppk') {
    const argon2 = options.limits?.argon2 ?? ARGON2_LIMITS;
    return readPpk(container.text, passphrase, argon2);
  }
  const pem = decodePem(container.text, title);
  switch (container.label) {
    case 'OPENSSH PRIVATE KEY': {
      const rounds = options.limits?.bcryptRounds ?? BCRYPT_ROUNDS_LIMIT;
      return readOpenssh(pem.body, title, passphrase, rounds);
    }
    case 'PRIVATE KEY':
      return readPkcs8(pem.body, title);
    case 'ENCRYPTED PRIVATE KEY':
      return readPkcs8(await decryptPkcs8(pem.body, title, passphrase), title);
    default: {
      const encrypted = traditionalCipher(pem) !== null;
      const body = encrypted ? decryptTraditional(pem, title, passphrase) : pem.body;
      return TRADITIONAL[container.label](body, title);
    }
  }
}

const TRADITIONAL = {
  'RSA PRIVATE KEY': readPkcs1,
  'EC PRIVATE KEY': readSec1,
  'DSA PRIVATE KEY': readDsa,
} as const;
