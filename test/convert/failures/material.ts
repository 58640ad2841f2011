/** What the failing inputs are made of: good keys, and containers with one part changed. */
import { derInteger, derOctets, derOid, derSequence } from '../../../src/convert/der.js';
import { publicKeyBlob, readPrivateKey, type PrivateKey } from '../../../src/convert/index.js';
import { writeOpensshFields, writePpkPrivate } from '../../../src/convert/private-fields.js';
import { wireString, wireUint32 } from '../../../src/convert/wire.js';
import { opensshFile, opensshSection, pemFile, ppkFile, type OpensshParts } from '../craft.js';
import { fixture } from '../fixture.js';

/** Code, the words that must be in the message, and what brings it about. */
export type Failure = [string, RegExp, () => Promise<unknown>];

async function keyOf<A extends PrivateKey['algorithm']>(
  name: string,
  algorithm: A,
): Promise<Extract<PrivateKey, { algorithm: A }>> {
  const key = await readPrivateKey(fixture(name));
  if (key.algorithm !== algorithm) throw new Error(`${name} is of type ${key.algorithm}`);
  return key as Extract<PrivateKey, { algorithm: A }>;
}

export const ED25519 = await keyOf('openssh-ed25519', 'ssh-ed25519');
export const RSA = await keyOf('pkcs1-rsa1024.pem', 'ssh-rsa');
export const EC = await keyOf('openssh-p256', 'ecdsa-sha2-nistp256');
const DSA = await keyOf('dsa1024.pem', 'ssh-dss');
/** Another Ed25519 key. */
export const OTHER = await keyOf('ed25519', 'ssh-ed25519');

const PASSPHRASE = { passphrase: 'secret passphrase' };
export const text = (name: string) => fixture(name).toString();
export const blob = (...fields: Buffer[]) => Buffer.concat(fields);

/** An OpenSSH file of the Ed25519 key with something changed. */
export function openssh(parts: Partial<OpensshParts> = {}): Buffer {
  const section = opensshSection(writeOpensshFields(ED25519));
  return opensshFile({ publicBlob: publicKeyBlob(ED25519), section, ...parts });
}

/** An OpenSSH file whose private section has these fields. */
export function opensshFields(key: PrivateKey, ...fields: Buffer[]): Buffer {
  return opensshFile({
    publicBlob: publicKeyBlob(key),
    section: opensshSection(blob(wireString(key.algorithm), ...fields)),
  });
}

export function encryptedOpenssh(cipher: string, rounds: number, salt = Buffer.alloc(16)): Buffer {
  const kdfOptions = blob(wireString(salt), wireUint32(rounds));
  return openssh({ cipher, kdf: 'bcrypt', kdfOptions, section: Buffer.alloc(64) });
}

export const rsaNumbers = { ...RSA.public, ...RSA.private };
export function pkcs1(changes: Partial<typeof rsaNumbers>, version = 0n): Buffer {
  const { n, e, d, p, q, iqmp } = { ...rsaNumbers, ...changes };
  const numbers = [version, n, e, d, p, q, 1n, 1n, iqmp];
  return pemFile('RSA PRIVATE KEY', derSequence(...numbers.map(derInteger)));
}

export const dsaNumbers = { ...DSA.public, ...DSA.private };
export function dsa(changes: Partial<typeof dsaNumbers>): Buffer {
  const { p, q, g, y, x } = { ...dsaNumbers, ...changes };
  return pemFile('DSA PRIVATE KEY', derSequence(...[0n, p, q, g, y, x].map(derInteger)));
}

export const P256 = derOid('1.2.840.10045.3.1.7');
export function sec1(...parts: Buffer[]): Buffer {
  return pemFile('EC PRIVATE KEY', derSequence(derInteger(1n), ...parts));
}

export function pkcs8(algorithm: Buffer[], key: Buffer): Buffer {
  const parts = [derInteger(0n), derSequence(...algorithm), derOctets(key)];
  return pemFile('PRIVATE KEY', derSequence(...parts));
}

export const AES256 = derSequence(derOid('2.16.840.1.101.3.4.1.42'), derOctets(Buffer.alloc(16)));
export const pbkdf2 = (...more: Buffer[]) =>
  derSequence(
    derOid('1.2.840.113549.1.5.12'),
    derSequence(derOctets(Buffer.alloc(8)), ...(more.length > 0 ? more : [derInteger(1n)])),
  );
export function pbes2(kdf: Buffer, cipher: Buffer): Buffer {
  const scheme = derSequence(derOid('1.2.840.113549.1.5.13'), derSequence(kdf, cipher));
  return pemFile('ENCRYPTED PRIVATE KEY', derSequence(scheme, derOctets(Buffer.alloc(32))));
}
export function scrypt(N: bigint, r: bigint, p: bigint): Buffer {
  const numbers = [N, r, p].map(derInteger);
  return derSequence(
    derOid('1.3.6.1.4.1.11591.4.11'),
    derSequence(derOctets(Buffer.alloc(8)), ...numbers),
  );
}

const ED_BLOBS = {
  publicBlob: publicKeyBlob(ED25519),
  privateBlob: writePpkPrivate(ED25519),
};
export const ppk = (changes: Partial<Parameters<typeof ppkFile>[0]> = {}) =>
  ppkFile({ algorithm: 'ssh-ed25519', ...ED_BLOBS, ...changes });
const argon2Lines = (memory: number, passes: number, kdf = 'Argon2id') => [
  `Key-Derivation: ${kdf}`,
  `Argon2-Memory: ${memory}`,
  `Argon2-Passes: ${passes}`,
  'Argon2-Parallelism: 1',
  'Argon2-Salt: 00112233445566778899aabbccddeeff',
];
export const argon2Ppk = (memory: number, passes: number, kdf?: string) =>
  ppk({
    version: '3',
    encryption: 'aes256-cbc',
    kdf: argon2Lines(memory, passes, kdf),
    privateBlob: Buffer.alloc(48),
    mac: '00'.repeat(32),
  });

export const read = (bytes: Uint8Array | string) => readPrivateKey(Buffer.from(bytes));
export const open = (bytes: Uint8Array | string) => readPrivateKey(Buffer.from(bytes), PASSPHRASE);
export const cut = (name: string, from: string, to: string) => text(name).replace(from, to);
