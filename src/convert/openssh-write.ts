/** Writes OpenSSH's own private key format, `openssh-key-v1`: OpenSSH, PROTOCOL.key. */
import { createHash, randomBytes } from 'node:crypto';
import type { PrivateKey } from './key.js';
import { bcryptKey, encryptSection } from './openssh-cipher.js';
import { passphraseBytes, type Passphrase } from './passphrase.js';
import { encodePem } from './pem.js';
import { writeOpensshFields } from './private-fields.js';
import { publicKeyBlob } from './public-key.js';
import { wireString, wireUint32 } from './wire.js';

/** ssh-keygen since OpenSSH 9.4; 16 before. */
const ROUNDS = 24;
/** aes256-ctr: key and IV in bytes, and the block that the section is padded to. */
const [KEY, IV, AES_BLOCK] = [32, 16, 16];
/** The block that OpenSSH pads unencrypted sections to. */
const PLAIN_BLOCK = 8;

export interface OpensshOptions {
  /** Instead of the key's own comment; a key without one gets an empty one. */
  readonly comment?: string | Uint8Array;
  /** Encrypts with aes256-ctr and bcrypt; empty means none. */
  readonly passphrase?: Passphrase;
}

/**
 * Writes a key in OpenSSH's format, LF line ends. Without a passphrase the same key always gives the
 * same text: the check numbers, random in ssh-keygen, are made of the public key.
 */
export async function writeOpenssh(key: PrivateKey, options: OpensshOptions = {}): Promise<string> {
  const passphrase = passphraseBytes(options.passphrase);
  const encrypted = passphrase.length > 0;
  const publicBlob = publicKeyBlob(key);
  const check = encrypted
    ? randomBytes(4)
    : createHash('sha256').update(publicBlob).digest().subarray(0, 4);
  const comment = options.comment ?? key.comment ?? '';
  const fields = Buffer.concat([check, check, writeOpensshFields(key), wireString(comment)]);
  const block = encrypted ? AES_BLOCK : PLAIN_BLOCK;
  const missing = (block - (fields.length % block)) % block;
  const padding = Buffer.from(Array.from({ length: missing }, (_, index) => index + 1));
  const section = Buffer.concat([fields, padding]);

  const salt = randomBytes(16);
  const body = [
    Buffer.from('openssh-key-v1\0'),
    wireString(encrypted ? 'aes256-ctr' : 'none'),
    wireString(encrypted ? 'bcrypt' : 'none'),
    wireString(encrypted ? Buffer.concat([wireString(salt), wireUint32(ROUNDS)]) : ''),
    wireUint32(1),
    wireString(publicBlob),
    wireString(
      encrypted
        ? encryptSection(await bcryptKey(passphrase, salt, ROUNDS, KEY + IV), section)
        : section,
    ),
  ];
  // 70 columns as ssh-keygen has it.
  return encodePem('OPENSSH PRIVATE KEY', Buffer.concat(body), 70);
}
