/**
 * Private keys from one container to another, usable on its own:
 * `import { readPrivateKey, writePpk } from 'bai-win/convert'`. Pure: bytes in, bytes out.
 * Loading this file loads no library; each is loaded when a key needs it.
 */
export type { Argon2Choice, Argon2Flavour } from './argon2.js';
export { privateKeyText } from './container.js';
export { KeyError } from './errors.js';
export { commentText, type Algorithm, type PrivateKey, type PublicHalf } from './key.js';
export type { Passphrase } from './passphrase.js';
export { writePpk, type PpkOptions } from './ppk-write.js';
export {
  fingerprint,
  keyBits,
  publicKeyBlob,
  publicKeyLine,
  type PublicKey,
} from './public-key.js';
export { readPrivateKey, type ReadOptions } from './read.js';
