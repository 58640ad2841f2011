/**
 * Encryption of PKCS#8 before PBES2: RFC 8018, section 6.1 (PBKDF1) and RFC 7292, appendix C
 * (PKCS #12). OpenSSL 3 refuses most of it, so the ciphers are node-forge's.
 */
import { createHash } from 'node:crypto';
import type { DerReader } from './der.js';
import { COPY_AGAIN, KeyError } from './errors.js';
import { checkIterations } from './pkcs8-encryption.js';

interface Pbes1 {
  readonly derivation: 'pkcs12' | 'md5' | 'sha1';
  readonly cipher: '3des' | 'des' | 'rc2';
  /** Key in bytes. */
  readonly key: number;
}

/** RFC 8018, appendix A.3 and RFC 7292, appendix C. */
const SCHEMES: Readonly<Record<string, Pbes1>> = {
  '1.2.840.113549.1.5.3': { derivation: 'md5', cipher: 'des', key: 8 },
  '1.2.840.113549.1.5.6': { derivation: 'md5', cipher: 'rc2', key: 8 },
  '1.2.840.113549.1.5.10': { derivation: 'sha1', cipher: 'des', key: 8 },
  '1.2.840.113549.1.5.11': { derivation: 'sha1', cipher: 'rc2', key: 8 },
  '1.2.840.113549.1.12.1.3': { derivation: 'pkcs12', cipher: '3des', key: 24 },
  '1.2.840.113549.1.12.1.4': { derivation: 'pkcs12', cipher: '3des', key: 16 },
  '1.2.840.113549.1.12.1.5': { derivation: 'pkcs12', cipher: 'rc2', key: 16 },
  '1.2.840.113549.1.12.1.6': { derivation: 'pkcs12', cipher: 'rc2', key: 5 },
};

/** OpenSSL writes 2048; node-forge needs about 10 µs for each. */
const MAX_ITERATIONS = 50_000;
/** Blocks of all these ciphers, in bytes. */
const BLOCK = 8;

export function isPbes1(oid: string): boolean {
  return Object.hasOwn(SCHEMES, oid);
}

/**
 * Decrypts with the scheme `oid`, one that `isPbes1` knows.
 * @returns `null` where the padding is wrong, i.e. the passphrase is.
 * @throws KeyError `pkcs8-iterations`, `pbes1-block`.
 */
export async function decryptPbes1(
  oid: string,
  parameters: DerReader,
  content: Buffer,
  title: string,
  secret: Buffer,
): Promise<Buffer | null> {
  const salt = parameters.octets('the salt');
  const iterations = parameters.small('the iteration count');
  parameters.end();
  checkIterations(iterations, MAX_ITERATIONS, title);
  if (content.length === 0 || content.length % BLOCK !== 0) {
    throw new KeyError(
      'pbes1-block',
      `the encrypted content of the ${title} has ${content.length} bytes, no multiple of ${BLOCK}`,
      COPY_AGAIN,
    );
  }
  const scheme = SCHEMES[oid];
  if (scheme === undefined) throw new RangeError(`not a PBES1 scheme: ${oid}`);
  const { default: forge } = await import('node-forge');
  const buffer = (bytes: Buffer) => forge.util.createBuffer(bytes.toString('latin1'));
  const pkcs12 = (purpose: 1 | 2, length: number) => {
    // The passphrase becomes UTF-16 there, so it has to be text.
    const text = secret.toString('utf8');
    return forge.pbe.generatePkcs12Key(text, buffer(salt), purpose, iterations, length).getBytes();
  };
  let key: string;
  let iv: string;
  if (scheme.derivation === 'pkcs12') {
    key = pkcs12(1, scheme.key);
    iv = pkcs12(2, BLOCK);
  } else {
    const bytes = pbkdf1(scheme.derivation, secret, salt, iterations).toString('latin1');
    key = bytes.slice(0, 8);
    iv = bytes.slice(8, 16);
  }
  // Two-key triple DES uses the first key again as the third.
  if (scheme.cipher === '3des') key = (key + key).slice(0, 24);
  if (scheme.cipher === 'rc2') {
    const rc2 = forge.rc2.createDecryptionCipher(key, scheme.key * 8);
    rc2.start(iv);
    rc2.update(buffer(content));
    return rc2.finish() ? Buffer.from(rc2.output.getBytes(), 'latin1') : null;
  }
  const des = forge.cipher.createDecipher(scheme.cipher === 'des' ? 'DES-CBC' : '3DES-CBC', key);
  des.start({ iv });
  des.update(buffer(content));
  return des.finish() ? Buffer.from(des.output.getBytes(), 'latin1') : null;
}

/** PBKDF1 (RFC 8018, section 5.1), 16 bytes: 8 of key and 8 of IV. */
function pbkdf1(hash: 'md5' | 'sha1', secret: Buffer, salt: Buffer, iterations: number): Buffer {
  let block = createHash(hash).update(secret).update(salt).digest();
  for (let done = 1; done < iterations; done += 1) block = createHash(hash).update(block).digest();
  return block.subarray(0, 16);
}
