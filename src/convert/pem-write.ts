/** Writes keys as PEM: the traditional form of their type, or PKCS#8. */
import { pkcs8, traditional } from './asn1-shapes.js';
import { KeyError } from './errors.js';
import type { PrivateKey } from './key.js';
import { passphraseBytes, type Passphrase } from './passphrase.js';
import { encodePem } from './pem.js';
import { encryptPkcs8 } from './pkcs8-encryption.js';

/**
 * Writes the traditional form, unencrypted: PKCS#1 for RSA, SEC1 for ECDSA, OpenSSL's for DSA.
 * @throws KeyError `pem-no-form` for EdDSA, which has none.
 */
export function writePem(key: PrivateKey): string {
  const form = traditional(key);
  if (form) return encodePem(form.label, form.der);
  throw new KeyError(
    'pem-no-form',
    `${key.algorithm} has no traditional PEM form`,
    'write it as PKCS#8 (--to pkcs8) or in the OpenSSH format (--to openssh)',
  );
}

/** Writes PKCS#8, encrypted with PBES2 (AES-256-CBC) if there is a passphrase. */
export async function writePkcs8(
  key: PrivateKey,
  options: { readonly passphrase?: Passphrase } = {},
): Promise<string> {
  const plain = pkcs8(key);
  const passphrase = passphraseBytes(options.passphrase);
  if (passphrase.length === 0) return encodePem('PRIVATE KEY', plain);
  return encodePem('ENCRYPTED PRIVATE KEY', await encryptPkcs8(plain, passphrase));
}
