/** The logic of `bai-win convert`: all of it but files and questions. */
import type { Argon2Choice } from './argon2.js';
import { isEncrypted, publicHalf, publicSide } from './describe.js';
import { KeyError, passphraseNeeded } from './errors.js';
import type { PrivateKey } from './key.js';
import { writeOpenssh } from './openssh-write.js';
import { passphraseBytes, type Passphrase } from './passphrase.js';
import { writePem, writePkcs8 } from './pem-write.js';
import type { PpkVersion } from './ppk-crypto.js';
import { writePpk } from './ppk-write.js';
import { publicKeyLine, type PublicKey } from './public-key.js';
import { readPrivateKey, type ReadOptions } from './read.js';

/** `pem` is the traditional form of the key's type; `public` is the line for authorized_keys. */
export type Target = 'ppk' | 'openssh' | 'pem' | 'pkcs8' | 'public';

export interface ConvertOptions extends ReadOptions {
  /** Default `ppk`. */
  readonly to?: Target;
  /**
   * Encrypts the output. `undefined` keeps what the input had, as PuTTYgen does: an encrypted key
   * stays encrypted with the same passphrase. `null` or empty writes it without one.
   */
  readonly newPassphrase?: Passphrase | null;
  /** Of a PPK: default 2 without a passphrase, 3 with one. */
  readonly version?: PpkVersion;
  /** Instead of the key's own; ignored by `pem` and `pkcs8`, which have no place for one. */
  readonly comment?: string | Uint8Array;
  /** Of an encrypted PPK of version 3. */
  readonly argon2?: Argon2Choice;
}

export interface Conversion {
  /** What to write to the output. */
  readonly bytes: Buffer;
  /** Whether that is secret, so that the file has to be private from birth. */
  readonly secret: boolean;
  readonly encrypted: boolean;
  /** Whether the input has a passphrase; `false` where nothing but its public half is wanted. */
  readonly wasEncrypted: boolean;
  /** For the report and for `holdsSameKey`. */
  readonly publicKey: PublicKey;
}

/**
 * Converts a key file.
 * @throws KeyError as `readPrivateKey`; `pem-no-form`, `pem-unencrypted`, `argon2-…`.
 */
export async function convertKey(
  bytes: Uint8Array,
  options: ConvertOptions = {},
): Promise<Conversion> {
  const { to = 'ppk' } = options;
  if (to === 'public') return convertToPublic(bytes, options);
  const key = await readPrivateKey(bytes, options);
  const wasEncrypted = isEncrypted(bytes);
  const inherited = wasEncrypted ? options.passphrase : undefined;
  const wanted = options.newPassphrase === undefined ? inherited : options.newPassphrase;
  const passphrase = passphraseBytes(wanted ?? undefined);
  const written = await write(key, to, passphrase, options);
  return {
    bytes: Buffer.from(written),
    secret: true,
    encrypted: passphrase.length > 0,
    wasEncrypted,
    publicKey: publicHalf(key),
  };
}

async function convertToPublic(
  bytes: Uint8Array,
  { comment, ...options }: ConvertOptions,
): Promise<Conversion> {
  const { publicKey: found, format } = await publicSide(bytes, options);
  if (found === null) throw passphraseNeeded(format);
  const publicKey = comment === undefined ? found : { ...found, comment: Buffer.from(comment) };
  const line = Buffer.from(`${publicKeyLine(publicKey)}\n`);
  return { bytes: line, secret: false, encrypted: false, wasEncrypted: false, publicKey };
}

async function write(
  key: PrivateKey,
  to: Exclude<Target, 'public'>,
  passphrase: Buffer,
  options: ConvertOptions,
): Promise<Buffer | string> {
  switch (to) {
    case 'ppk':
      return writePpk(key, { ...options, passphrase });
    case 'openssh':
      return writeOpenssh(key, { ...options, passphrase });
    case 'pkcs8':
      return writePkcs8(key, { passphrase });
    case 'pem':
      if (passphrase.length === 0) return writePem(key);
      throw new KeyError(
        'pem-unencrypted',
        'the traditional PEM form is not written with a passphrase: its protection is too weak',
        'write it as OpenSSH or PKCS#8 (--to openssh, --to pkcs8), or without a passphrase',
      );
  }
}

/**
 * Whether a file already holds this key, in whatever form, encrypted or not; replacing it can still
 * lose a passphrase or a comment. `false` also where the file cannot be read or hides its public half.
 */
export async function holdsSameKey(existing: Uint8Array, key: PublicKey): Promise<boolean> {
  try {
    const { publicKey } = await publicSide(existing);
    return publicKey?.blob.equals(key.blob) ?? false;
  } catch (error) {
    if (error instanceof KeyError) return false;
    throw error;
  }
}

const ENDINGS: Readonly<Record<Target, string>> = {
  ppk: '.ppk',
  openssh: '',
  pem: '.pem',
  pkcs8: '.pem',
  public: '.pub',
};

/**
 * A name for the output beside the input: `id_container` → `id_container.ppk`, `a.ppk` → `a`. Never
 * the input's own name.
 * @param fileName without folders.
 */
export function suggestedName(fileName: string, to: Target): string {
  const base = fileName.replace(/(?<=.)\.(?:ppk|pem|key)$/i, '');
  const name = base + ENDINGS[to];
  return name === fileName ? `${base}.converted${ENDINGS[to]}` : name;
}
