/**
 * Reads PuTTY private keys, versions 2 and 3: PuTTY manual, appendix C
 * <https://the.earth.li/~sgtatham/putty/latest/htmldoc/AppendixC.html>.
 */
import { createDecipheriv, timingSafeEqual } from 'node:crypto';
import type { Argon2Limits, Argon2Parameters } from './argon2.js';
import { checkedKey } from './check.js';
import { COPY_AGAIN, KeyError, passphraseNeeded, passphraseWrong } from './errors.js';
import type { PrivateKey } from './key.js';
import { passphraseBytes, type Passphrase } from './passphrase.js';
import { deriveV2, deriveV3, plainMacKey, ppkMac, type PpkVersion } from './ppk-crypto.js';
import { PpkLines } from './ppk-lines.js';
import { readPpkPrivate } from './private-fields.js';
import { printable, publicKeyBlob, readPublicBlob, type PublicKey } from './public-key.js';

const TITLE = 'PuTTY key';

/** The file's fields; the private blob is still encrypted if `encrypted`. */
interface PpkContainer {
  readonly version: PpkVersion;
  readonly encrypted: boolean;
  readonly publicKey: PublicKey & { readonly comment: Buffer };
  /** The public blob as it is in the file, which is what the MAC covers. */
  readonly publicBlob: Buffer;
  /** Only in encrypted files of version 3. */
  readonly argon2: Argon2Parameters | null;
  readonly privateBlob: Buffer;
  readonly mac: Buffer;
}

/**
 * Takes a PPK file apart without needing the passphrase.
 * @param text one character a byte, from `PuTTY-User-Key-File-` on.
 * @throws KeyError `ppk-…`, each naming line or field, or as `readPublicBlob`.
 */
export function openPpk(text: string): PpkContainer {
  const lines = new PpkLines(text);
  const [version, algorithm] = readVersion(lines);
  const encryption = lines.header('Encryption').trimEnd();
  if (encryption !== 'none' && encryption !== 'aes256-cbc') {
    throw new KeyError(
      'ppk-encryption',
      `the ${TITLE} is encrypted with the unknown cipher ${printable(encryption)}`,
      'save it again with a current PuTTYgen',
    );
  }
  const encrypted = encryption !== 'none';
  const comment = Buffer.from(lines.header('Comment'), 'latin1');
  const publicBlob = lines.blob('Public');
  const argon2 = encrypted && version === 3 ? readArgon2(lines) : null;
  const privateBlob = lines.blob('Private');
  if (encrypted && privateBlob.length % 16 !== 0) {
    throw new KeyError(
      'ppk-block',
      `the encrypted part of the ${TITLE} has ${privateBlob.length} bytes, no multiple of 16`,
      COPY_AGAIN,
    );
  }
  const mac = readMac(lines, version);
  const half = readPublicBlob(publicBlob, `public part of the ${TITLE}`);
  if (half.algorithm !== algorithm) {
    throw new KeyError(
      'ppk-algorithm',
      `the ${TITLE} says ${printable(algorithm)} in its first line but holds ${half.algorithm}`,
      COPY_AGAIN,
    );
  }
  const publicKey = { algorithm: half.algorithm, blob: publicKeyBlob(half), comment };
  return { version, encrypted, publicKey, publicBlob, argon2, privateBlob, mac };
}

function readVersion(lines: PpkLines): [PpkVersion, string] {
  const [, version, algorithm] =
    /^PuTTY-User-Key-File-(\d{1,5}): (.*)$/.exec(lines.next().trimEnd()) ?? [];
  if (version === undefined || algorithm === undefined) {
    throw new KeyError(
      'ppk-first-line',
      `the first line of the ${TITLE} does not name a version and an algorithm`,
      COPY_AGAIN,
    );
  }
  if (version === '1') {
    throw new KeyError(
      'ppk-version-1',
      'this is a PuTTY key of version 1, which only test versions of 2001 wrote and which is unsafe',
      'load it in an old PuTTYgen and save it again, or better make a new key',
    );
  }
  if (version !== '2' && version !== '3') {
    throw new KeyError(
      'ppk-version',
      `this is a PuTTY key of version ${version}; 2 and 3 are known here`,
      'save it as version 2 or 3: PuTTYgen, Key, Parameters for saving key files',
    );
  }
  return [version === '2' ? 2 : 3, algorithm];
}

function readArgon2(lines: PpkLines): Argon2Parameters {
  const flavour = lines.header('Key-Derivation').trimEnd();
  if (flavour !== 'Argon2id' && flavour !== 'Argon2i' && flavour !== 'Argon2d') {
    throw new KeyError(
      'ppk-derivation',
      `the ${TITLE} uses the unknown key derivation ${printable(flavour)}`,
      'save it again with PuTTYgen, which uses Argon2id',
    );
  }
  const memory = lines.decimal('Argon2-Memory');
  const passes = lines.decimal('Argon2-Passes');
  const parallelism = lines.decimal('Argon2-Parallelism');
  return { flavour, memory, passes, parallelism, salt: lines.hex('Argon2-Salt') };
}

function readMac(lines: PpkLines, version: PpkVersion): Buffer {
  const mac = lines.hex('Private-MAC');
  const bytes = version === 2 ? 20 : 32;
  if (mac.length === bytes) return mac;
  throw new KeyError(
    'ppk-mac-length',
    `the Private-MAC of the ${TITLE} has ${mac.length} bytes, not ${bytes}`,
    COPY_AGAIN,
  );
}

/**
 * Reads the key of a PPK file. The MAC is checked, in constant time, before anything else is read.
 * @param limits what Argon2 may cost.
 * @throws KeyError `passphrase-needed`, `passphrase-wrong`, `ppk-…`, or as `checkedKey`.
 */
export async function readPpk(
  text: string,
  passphrase: Passphrase | undefined,
  limits: Argon2Limits,
): Promise<PrivateKey> {
  const container = openPpk(text);
  const { version, publicKey, encrypted, mac } = container;
  const { macKey, plain } = await decrypt(container, passphraseBytes(passphrase), limits);
  const fits = (comment: Buffer) => {
    const computed = ppkMac(version, macKey, {
      algorithm: publicKey.algorithm,
      encryption: encrypted ? 'aes256-cbc' : 'none',
      comment,
      publicBlob: container.publicBlob,
      privateBlob: plain,
    });
    return timingSafeEqual(computed, mac);
  };
  // Mail and chat programs add blanks at line ends; they are only harmful in the comment.
  const comment = [publicKey.comment, withoutBlankEnd(publicKey.comment)].find(fits);
  if (comment === undefined) {
    if (encrypted) throw passphraseWrong(TITLE, publicKey);
    throw new KeyError(
      'ppk-mac',
      `the ${TITLE} was changed after it was saved: its MAC does not fit`,
      'copy the file again as it is; not even the comment may be edited by hand',
    );
  }
  const half = readPublicBlob(container.publicBlob, `public part of the ${TITLE}`);
  const fields = readPpkPrivate(half, plain, `private part of the ${TITLE}`);
  return checkedKey(fields, TITLE, comment);
}

function withoutBlankEnd(comment: Buffer): Buffer {
  // Not trimEnd: in text of one character a byte it would take bytes of UTF-8 for blanks.
  let end = comment.length;
  while (end > 0 && (comment[end - 1] === 0x20 || comment[end - 1] === 0x09)) end -= 1;
  return comment.subarray(0, end);
}

async function decrypt(
  { version, encrypted, publicKey, argon2, privateBlob }: PpkContainer,
  passphrase: Buffer,
  limits: Argon2Limits,
): Promise<{ macKey: Buffer; plain: Buffer }> {
  if (!encrypted) return { macKey: plainMacKey(version), plain: privateBlob };
  if (passphrase.length === 0) throw passphraseNeeded(TITLE, publicKey);
  if (argon2) checkCost(argon2, limits, publicKey);
  const secrets = argon2 ? await deriveV3(passphrase, argon2) : deriveV2(passphrase);
  const decipher = createDecipheriv('aes-256-cbc', secrets.cipherKey, secrets.iv);
  decipher.setAutoPadding(false);
  return {
    macKey: secrets.macKey,
    plain: Buffer.concat([decipher.update(privateBlob), decipher.final()]),
  };
}

function checkCost(
  { memory, passes }: Argon2Parameters,
  limits: Argon2Limits,
  publicKey: PublicKey,
): void {
  if (memory > limits.memory) {
    throw new KeyError(
      'ppk-argon2-memory',
      `the ${TITLE} asks for ${memory} KiB of memory; ${limits.memory} are allowed`,
      'raise the limit if you trust the file, or save it with less in PuTTYgen',
      { publicKey },
    );
  }
  if (memory * passes > limits.work) {
    throw new KeyError(
      'ppk-argon2-work',
      `the ${TITLE} asks for ${passes} passes over ${memory} KiB; together ${limits.work} KiB are allowed`,
      'raise the limit if you trust the file, or save it with fewer passes in PuTTYgen',
      { publicKey },
    );
  }
}
