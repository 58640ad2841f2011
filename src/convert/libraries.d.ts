/** Types that two libraries do not bring. */

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

declare module 'node-forge' {
  namespace pbe {
    /** RFC 7292, appendix B; `purpose` is 1 for a key, 2 for an IV; `length` in bytes. */
    function generatePkcs12Key(
      passphrase: string,
      salt: util.ByteBuffer,
      purpose: 1 | 2,
      iterations: number,
      length: number,
    ): util.ByteBuffer;
  }
}
