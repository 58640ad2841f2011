/** Reads a private key out of whatever holds it. */
import { readDsa, readPkcs1, readPkcs8, readSec1 } from './asn1-read.js';
import { findContainer } from './container.js';
import { KeyError, passphraseNeeded } from './errors.js';
import type { PrivateKey } from './key.js';
import { BCRYPT_ROUNDS_LIMIT, readOpenssh } from './openssh-read.js';
import type { Passphrase } from './passphrase.js';
import { decodePem } from './pem.js';

export interface ReadOptions {
  /** For encrypted containers; ignored for others. */
  readonly passphrase?: Passphrase;
  /** Raise what a file may cost; by default no file takes more than about 2 s or 256 MiB. */
  readonly limits?: Partial<ReadLimits>;
}

export interface ReadLimits {
  /** Rounds of bcrypt_pbkdf of an OpenSSH key. */
  readonly bcryptRounds: number;
}

/**
 * Reads and checks a private key: PKCS#1, SEC1, DSA and PKCS#8 PEM, OpenSSH. Marks, CRLF, UTF-16, junk and a tar around it and a missing last line end are tolerated.
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
    throw new KeyError('is-ppk', 'this is a PuTTY key already', 'use it as it is');
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
      throw passphraseNeeded(title);
    default:
      if (pem.headers.has('DEK-Info')) throw passphraseNeeded(title);
      return TRADITIONAL[container.label](pem.body, title);
  }
}

const TRADITIONAL = {
  'RSA PRIVATE KEY': readPkcs1,
  'EC PRIVATE KEY': readSec1,
  'DSA PRIVATE KEY': readDsa,
} as const;
