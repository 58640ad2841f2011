/**
 * Private keys from one container to another, usable on its own:
 * `import { readPrivateKey, writePpk } from 'bai-win/convert'`. Pure: bytes in, bytes out.
 * Loading this file loads no library; each is loaded when a key needs it.
 */
export {
  ARGON2_LIMITS,
  type Argon2Choice,
  type Argon2Flavour,
  type Argon2Limits,
} from './argon2.js';
export { privateKeyText } from './container.js';
export {
  convertKey,
  holdsSameKey,
  suggestedName,
  type Conversion,
  type ConvertOptions,
  type Target,
} from './convert.js';
export { describeKey, type KeyDescription } from './describe.js';
export { KeyError } from './errors.js';
export { commentText, type Algorithm, type PrivateKey, type PublicHalf } from './key.js';
export { writeOpenssh, type OpensshOptions } from './openssh-write.js';
export type { Passphrase } from './passphrase.js';
export { writePem, writePkcs8 } from './pem-write.js';
export { writePpk, type PpkOptions } from './ppk-write.js';
export {
  fingerprint,
  keyBits,
  publicKeyBlob,
  publicKeyLine,
  type PublicKey,
} from './public-key.js';
export { readPrivateKey, type ReadLimits, type ReadOptions } from './read.js';
