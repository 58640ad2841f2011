/** The package brings no types. */
declare module 'bcrypt-pbkdf' {
  const bcrypt: {
    /** Fills `key`; returns 0, or -1 where a length or the rounds are out of range. */
    pbkdf(
      passphrase: Uint8Array,
      passphraseLength: number,
      salt: Uint8Array,
      saltLength: number,
      key: Uint8Array,
      keyLength: number,
      rounds: number,
    ): 0 | -1;
  };
  export default bcrypt;
}
