/** Text is taken as UTF-8; bytes for passphrases that were typed in another character set. */
export type Passphrase = string | Uint8Array;

/** The bytes of a passphrase; none for `undefined`. */
export function passphraseBytes(passphrase: Passphrase | undefined): Buffer {
  return Buffer.from(passphrase ?? '');
}
