import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  type KeyPairKeyObjectResult,
} from 'node:crypto';
import { promisify } from 'node:util';
import { secretKey } from './secrets.js';

const generate = promisify(generateKeyPair);

/** One key pair in the forms that the demo hands out. */
export interface DemoKey {
  /** What a client reads: PKCS#1 PEM or an OpenSSH container, with a final newline. Secret. */
  readonly privateText: string;
  /** `ssh-rsa AAAA…` or `ssh-ed25519 AAAA…`, without comment and newline. */
  readonly publicLine: string;
}

/** Gives an RSA-2048 key, e = 65537, and never the same one twice. */
export type RsaSource = () => Promise<KeyObject>;

/** All RSA keys of this process. */
const rsaKeys: Promise<KeyObject>[] = [];

/**
 * The same key, read from its text. Node 20 waits for ever where it exports the very key that it made as a
 * JWK, and collects what was left of making it meanwhile.
 */
function readAgain({ privateKey }: KeyPairKeyObjectResult): KeyObject {
  return createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }));
}

/**
 * A source of RSA keys for one demo. Generating them is most of the work of starting a demo, so
 * several demos of one process share their keys: each gets the same ones, in the same order.
 */
export function rsaSource(): RsaSource {
  let next = 0;
  return () => (rsaKeys[next++] ??= generate('rsa', { modulusLength: 2048 }).then(readAgain));
}

/** PKCS#1 PEM: what the manager generates for a key pair, and our host keys. */
export async function generatePkcs1Key(rsa: RsaSource): Promise<DemoKey> {
  const privateKey = await rsa();
  return secretKey({
    privateText: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    publicLine: publicLine(privateKey),
  });
}

/**
 * An RSA key as dropbearconvert writes it from 2022.83 on: an OpenSSH container with both check
 * numbers 0, an empty comment and 1–8 bytes of padding (8 where the text is already aligned). The
 * primes are stored with p < q, which PuTTY's format does not allow: converters must swap them.
 */
export async function generateDropbearKey(rsa: RsaSource): Promise<DemoKey> {
  const privateKey = await rsa();
  const jwk = privateKey.export({ format: 'jwk' });
  const [first, second] = [unsigned(jwk.p), unsigned(jwk.q)];
  const [p, q] = first < second ? [first, second] : [second, first];
  const secret = [
    string('ssh-rsa'),
    mpint(unsigned(jwk.n)),
    mpint(unsigned(jwk.e)),
    mpint(unsigned(jwk.d)),
    mpint(inverse(q, p)),
    mpint(p),
    mpint(q),
  ];
  return secretKey({
    privateText: opensshContainer(publicBlob(privateKey), Buffer.concat(secret), ''),
    publicLine: publicLine(privateKey),
  });
}

/** An Ed25519 key in an OpenSSH container: what a person keeps in a `.ssh` folder of their own. */
export async function generateOwnKey(): Promise<DemoKey> {
  const privateKey = readAgain(await generate('ed25519', {}));
  const jwk = privateKey.export({ format: 'jwk' });
  const point = Buffer.from(jwk.x ?? '', 'base64url');
  const seed = Buffer.from(jwk.d ?? '', 'base64url');
  const secret = [string('ssh-ed25519'), string(point), string(Buffer.concat([seed, point]))];
  return secretKey({
    privateText: opensshContainer(publicBlob(privateKey), Buffer.concat(secret), 'me@my-pc'),
    publicLine: publicLine(privateKey),
  });
}

/** `algorithm base64` of the public half (RFC 4253, section 6.6; RFC 8709, section 4). */
export function publicLine(key: KeyObject): string {
  const blob = publicBlob(key);
  const algorithm = blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('latin1');
  return `${algorithm} ${blob.toString('base64')}`;
}

function publicBlob(key: KeyObject): Buffer {
  const jwk = createPublicKey(key).export({ format: 'jwk' });
  return jwk.kty === 'RSA'
    ? Buffer.concat([string('ssh-rsa'), mpint(unsigned(jwk.e)), mpint(unsigned(jwk.n))])
    : Buffer.concat([string('ssh-ed25519'), string(Buffer.from(jwk.x ?? '', 'base64url'))]);
}

/** The unencrypted openssh-key-v1 container (OpenSSH, PROTOCOL.key) in the layout of dropbear. */
function opensshContainer(publicPart: Buffer, secret: Buffer, comment: string): string {
  const checkNumbers = Buffer.alloc(8);
  const body = Buffer.concat([checkNumbers, secret, string(comment)]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7, 8].slice(0, 8 - (body.length % 8)));
  const keyCount = Buffer.from([0, 0, 0, 1]);
  const container = Buffer.concat([
    Buffer.from('openssh-key-v1\0', 'latin1'),
    string('none'),
    string('none'),
    string(''),
    keyCount,
    string(publicPart),
    string(Buffer.concat([body, padding])),
  ]);
  const lines = container.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function string(data: string | Buffer): Buffer {
  const bytes = Buffer.from(data);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A positive mpint (RFC 4251, section 5). */
function mpint(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return string((bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes);
}

function unsigned(base64url: string | undefined): bigint {
  return BigInt(`0x${Buffer.from(base64url ?? '', 'base64url').toString('hex')}`);
}

/** value⁻¹ mod modulus, by the extended Euclidean algorithm. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b] = [value % modulus, modulus];
  let [x, y] = [1n, 0n];
  while (b > 0n) {
    const quotient = a / b;
    [a, b] = [b, a % b];
    [x, y] = [y, x - quotient * y];
  }
  return ((x % modulus) + modulus) % modulus;
}
