/**
 * Reads OpenSSH's own private key format, `openssh-key-v1`: OpenSSH, PROTOCOL.key
 * <https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key>.
 */
import { checkedKey } from './check.js';
import { COPY_AGAIN, KeyError, passphraseNeeded, passphraseWrong } from './errors.js';
import type { PrivateKey } from './key.js';
import { bcryptKey, decryptSection, opensshCipher } from './openssh-cipher.js';
import { passphraseBytes, type Passphrase } from './passphrase.js';
import { readOpensshFields } from './private-fields.js';
import { printable, publicKeyBlob, readPublicBlob, type PublicKey } from './public-key.js';
import { WireReader } from './wire.js';

const MAGIC = 'openssh-key-v1\0';

/**
 * Rounds of bcrypt_pbkdf that a file may ask for: ssh-keygen writes 16 or 24, and `-a 100` is the
 * common advice for more. golang.org/x/crypto/ssh allows 2048, but in JavaScript 100 take a second.
 */
export const BCRYPT_ROUNDS_LIMIT = 100;

/** The outside of the container; the private section is still encrypted if `cipher` is not none. */
interface OpensshContainer {
  readonly cipher: string;
  /** Rounds of bcrypt_pbkdf; 0 without encryption. */
  readonly rounds: number;
  readonly salt: Buffer;
  readonly publicKey: PublicKey;
  readonly section: Buffer;
  readonly tag: Buffer;
}

/**
 * Takes the container apart without needing the passphrase.
 * @throws KeyError `openssh-…`, each naming the field, or as `WireReader` and `readPublicBlob`.
 */
export function openContainer(body: Buffer, title: string): OpensshContainer {
  const refuse = (code: string, message: string, hint = COPY_AGAIN) =>
    new KeyError(code, message, hint);
  const reader = new WireReader(body, title);
  const magic = reader.take(MAGIC.length, 'the magic').toString('latin1');
  if (magic !== MAGIC) {
    throw refuse(
      'openssh-magic',
      `the ${title} does not start with openssh-key-v1 but ${printable(magic)}`,
    );
  }
  const cipher = reader.name('the cipher name');
  const kdf = reader.name('the name of the key derivation');
  const kdfOptions = reader.string('the options of the key derivation');
  const keys = reader.uint32('of keys');
  if (keys !== 1) {
    throw refuse(
      'openssh-keys',
      `the ${title} holds ${keys} keys, not one`,
      'give a file with one key',
    );
  }
  const publicBlob = reader.string('the public section');
  const section = reader.string('the private section');
  const { rounds, salt } = readKdf(kdf, kdfOptions, cipher, title);
  const known = opensshCipher(cipher);
  if (cipher !== 'none' && known === undefined) {
    throw refuse(
      'openssh-cipher',
      `the ${title} is encrypted with the unknown cipher ${printable(cipher)}`,
      'encrypt it anew with the default cipher: ssh-keygen -p -f KEY',
    );
  }
  const tag = reader.take(known?.tag ?? 0, 'the authentication tag');
  reader.end();
  if (known && (section.length === 0 || section.length % known.block !== 0)) {
    throw refuse(
      'openssh-block',
      `the private section of the ${title} has ${section.length} bytes, no multiple of ${known.block}`,
    );
  }
  const half = readPublicBlob(publicBlob, `public section of the ${title}`);
  const publicKey = { algorithm: half.algorithm, blob: publicKeyBlob(half), comment: null };
  return { cipher, rounds, salt, publicKey, section, tag };
}

function readKdf(
  kdf: string,
  options: Buffer,
  cipher: string,
  title: string,
): { rounds: number; salt: Buffer } {
  if (kdf === 'none' && cipher === 'none' && options.length === 0) {
    return { rounds: 0, salt: Buffer.alloc(0) };
  }
  if (kdf !== 'bcrypt' || cipher === 'none') {
    throw new KeyError(
      'openssh-kdf',
      `the ${title} combines the key derivation ${printable(kdf)} with the cipher ${printable(cipher)}`,
      'encrypt it anew: ssh-keygen -p -f KEY',
    );
  }
  const reader = new WireReader(options, `key derivation options of the ${title}`);
  const salt = reader.string('the salt');
  const rounds = reader.uint32('of rounds');
  reader.end();
  // ssh-keygen writes 16 bytes of salt; bcrypt_pbkdf needs one.
  if (salt.length === 0 || salt.length > 1024) {
    throw new KeyError(
      'openssh-salt',
      `the salt of the ${title} has ${salt.length} bytes; ssh-keygen writes 16`,
      COPY_AGAIN,
    );
  }
  return { rounds, salt };
}

/**
 * Reads the key of an OpenSSH container.
 * @param roundsLimit of bcrypt_pbkdf.
 * @throws KeyError `passphrase-needed`, `passphrase-wrong`, `openssh-…`, or as `checkedKey`.
 */
export async function readOpenssh(
  body: Buffer,
  title: string,
  passphrase: Passphrase | undefined,
  roundsLimit: number,
): Promise<PrivateKey> {
  const container = openContainer(body, title);
  const { publicKey } = container;
  const plain = await decrypt(container, title, passphraseBytes(passphrase), roundsLimit);
  const reader = new WireReader(plain, `private section of the ${title}`);
  const [first, second] = [
    reader.uint32('of the first check'),
    reader.uint32('of the second check'),
  ];
  if (first !== second) {
    if (container.cipher !== 'none') throw passphraseWrong(title, publicKey);
    throw new KeyError('openssh-check', `the two check numbers of the ${title} differ`, COPY_AGAIN);
  }
  const fields = readOpensshFields(reader, `private section of the ${title}`);
  const comment = reader.string('the comment');
  checkPadding(reader.take(reader.left, 'the padding'), title);
  const key = checkedKey(fields, title, Buffer.from(comment));
  if (!publicKeyBlob(key).equals(publicKey.blob)) {
    throw new KeyError(
      'openssh-halves',
      `the public section of the ${title} shows another key than the private section`,
      COPY_AGAIN,
    );
  }
  return key;
}

async function decrypt(
  { cipher, rounds, salt, publicKey, section, tag }: OpensshContainer,
  title: string,
  passphrase: Buffer,
  roundsLimit: number,
): Promise<Buffer> {
  const known = opensshCipher(cipher);
  if (known === undefined) return section;
  if (passphrase.length === 0) throw passphraseNeeded(title, publicKey);
  if (rounds < 1 || rounds > roundsLimit) {
    throw new KeyError(
      'openssh-rounds',
      `the ${title} asks for ${rounds} rounds of bcrypt; 1 to ${roundsLimit} are allowed`,
      'encrypt it anew with fewer rounds: ssh-keygen -p -a 24 -f KEY',
      { publicKey },
    );
  }
  const derived = await bcryptKey(passphrase, salt, rounds, known.key + known.iv);
  const plain = decryptSection(known, derived, section, tag);
  if (plain === null) throw passphraseWrong(title, publicKey);
  return plain;
}

/** Padding is 1, 2, 3, …; Dropbear writes 8 bytes where none are needed. */
function checkPadding(padding: Buffer, title: string): void {
  // One byte counts them, so no padding is longer than 255.
  if (padding.length <= 255 && padding.every((byte, index) => byte === index + 1)) return;
  throw new KeyError(
    'openssh-padding',
    `the ${title} does not end with padding 1, 2, 3 but with ${padding.length} other bytes`,
    COPY_AGAIN,
  );
}
