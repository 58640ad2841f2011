/** What can be said about a key file: with its passphrase, or from its public half without. */
import { typeName } from './algorithms.js';
import { findContainer, type Container } from './container.js';
import { KeyError } from './errors.js';
import { commentText, type PrivateKey } from './key.js';
import { openContainer } from './openssh-read.js';
import { passphraseBytes } from './passphrase.js';
import { traditionalCipher } from './pem-encryption.js';
import { decodePem } from './pem.js';
import { openPpk } from './ppk-read.js';
import {
  fingerprint,
  keyBits,
  publicKeyBlob,
  readPublicBlob,
  type PublicKey,
} from './public-key.js';
import { readPublicFile } from './public-file.js';
import { readPrivateKey, type ReadOptions } from './read.js';

/** For people and for JSON: plain values, nothing secret. `null` where the file does not show it. */
export interface KeyDescription {
  /** `OpenSSH private key`, `PuTTY key, version 2`, `PKCS#1 RSA key`, `OpenSSH public key`, … */
  readonly format: string;
  /** Whether it is the private half. */
  readonly secret: boolean;
  /** `RSA`, `ECDSA`, `Ed25519`, … */
  readonly type: string | null;
  /** As in public key lines: `ssh-rsa`, `ecdsa-sha2-nistp256`, … */
  readonly algorithm: string | null;
  readonly bits: number | null;
  readonly comment: string | null;
  readonly encrypted: boolean;
  /** Cipher and key derivation, as far as the file names them outside. */
  readonly encryption: string | null;
  /** `SHA256:…` */
  readonly sha256: string | null;
  /** `MD5:…` */
  readonly md5: string | null;
}

/** What a private container shows without its passphrase. */
interface Outside {
  readonly format: string;
  readonly encryption: string | null;
  readonly publicKey: PublicKey | null;
}

/**
 * Describes a key file, private or public. A private key that is not encrypted, or whose passphrase
 * is given, is read and checked in full; of others the outside is shown.
 * @throws KeyError as `readPrivateKey`.
 */
export async function describeKey(
  bytes: Uint8Array,
  options: ReadOptions = {},
): Promise<KeyDescription> {
  const found = await publicSide(bytes, options);
  const { format, secret, encryption, publicKey } = found;
  const common = { format, secret, encrypted: encryption !== null, encryption };
  if (publicKey === null) {
    return { ...common, ...{ type: null, algorithm: null, bits: null }, ...NOTHING_SHOWN };
  }
  const { algorithm, blob, comment } = publicKey;
  return {
    ...common,
    type: typeName(algorithm),
    algorithm,
    bits: keyBits(readPublicBlob(blob, format)),
    comment: comment === null ? null : commentText(comment),
    sha256: fingerprint(blob),
    md5: fingerprint(blob, 'md5'),
  };
}

const NOTHING_SHOWN = { comment: null, sha256: null, md5: null };

/**
 * The public side of any key file; `publicKey` is `null` where an encrypted container hides it and no
 * passphrase is given.
 * @throws KeyError as `readPrivateKey`, `no-key-at-all`.
 */
export async function publicSide(
  bytes: Uint8Array,
  options: ReadOptions = {},
): Promise<Outside & { readonly secret: boolean }> {
  let container: Container;
  try {
    container = findContainer(bytes);
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    if (error.code === 'not-a-key') throw noKeyOfEitherKind(error);
    if (!PUBLIC_FILES.has(error.code)) throw error;
    return { ...(await readPublicFile(bytes, error.code)), encryption: null, secret: false };
  }
  const outside = lookOutside(container);
  const opened = passphraseBytes(options.passphrase).length > 0;
  if (outside.encryption !== null && !opened) return { ...outside, secret: true };
  const publicKey = publicHalf(await readPrivateKey(bytes, options));
  return { ...outside, publicKey, secret: true };
}

/** What is looked for here may be public as well. */
function noKeyOfEitherKind(cause: KeyError): KeyError {
  return new KeyError(
    'no-key-at-all',
    'this holds no key, neither a private nor a public one',
    'give a private key in the form of OpenSSH, PEM or PuTTY, or a public one, such as a .pub file',
    { cause },
  );
}

const PUBLIC_FILES: ReadonlySet<string> = new Set([
  'public-openssh',
  'public-rfc4716',
  'public-pem',
]);

/** The public half of a private key. */
export function publicHalf(key: PrivateKey): PublicKey {
  return { algorithm: key.algorithm, blob: publicKeyBlob(key), comment: key.comment };
}

/** Whether the private key in a file is protected by a passphrase. @throws KeyError */
export function isEncrypted(bytes: Uint8Array): boolean {
  return lookOutside(findContainer(bytes)).encryption !== null;
}

function lookOutside(container: Container): Outside {
  const { title } = container;
  if (container.kind === 'ppk') {
    const { version, encrypted, publicKey, argon2 } = openPpk(container.text);
    const cost = argon2 && `${argon2.flavour}, ${argon2.memory} KiB, ${argon2.passes} passes`;
    const encryption = encrypted ? `aes256-cbc, ${cost ?? 'SHA-1 without salt'}` : null;
    return { format: `PuTTY key, version ${version}`, encryption, publicKey };
  }
  const pem = decodePem(container.text, title);
  if (container.label === 'OPENSSH PRIVATE KEY') {
    const { cipher, rounds, publicKey } = openContainer(pem.body, title);
    const encryption = cipher === 'none' ? null : `${cipher}, bcrypt, ${rounds} rounds`;
    return { format: title, encryption, publicKey };
  }
  const encryption =
    container.label === 'ENCRYPTED PRIVATE KEY' ? 'password-based, PKCS#8' : traditionalCipher(pem);
  return { format: title, encryption, publicKey: null };
}
