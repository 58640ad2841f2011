/**
 * Every byte of every kind of container changed, and every possible cut: the reader fails with its
 * own error or finds the very same key, and never crashes, hangs or finds another.
 */
import { describe, expect, test } from 'vitest';
import {
  KeyError,
  publicKeyBlob,
  readPrivateKey,
  type PrivateKey,
} from '../../src/convert/index.js';
import { fixture } from './fixture.js';

/** One small file for each way through the readers; none with a costly key derivation. */
const FILES = [
  'pkcs1-rsa1024.pem',
  'pkcs1-rsa1024-aes128.pem',
  'sec1-p256.pem',
  'dsa1024.pem',
  'pkcs8-rsa.pem',
  'pkcs8-ec.pem',
  'openssh-rsa1024',
  'openssh-p256',
  'openssh-ed25519',
  'rsa1024.v2.ppk',
  'rsa1024-enc-v2.ppk',
  'ed25519-flip.ppk',
  'ed448.ppk',
];

/**
 * Containers that hold a bare secret, with neither the public half nor a MAC: a changed secret is
 * another good key and no reader can tell. Here only crashes and foreign errors are looked for.
 */
const BARE_FILES = [
  'sec1-p256-no-public.pem',
  'pkcs8-ed25519.pem',
  'pkcs8-ed448.pem',
  'pkcs8-ed25519-default.pem',
  'pkcs8-ed25519-PBE-SHA1-3DES.pem',
  'pkcs8-dsa.pem',
];

/** With bcrypt or Argon2: a sample of the offsets, since each try costs some 30 ms. */
const SLOW_FILES = [
  'openssh-ed25519-aes256-ctr',
  'openssh-ed25519-aes256-gcm',
  'openssh-ed25519-chacha20-poly1305',
  'openssh-ed25519-3des-cbc',
  'ed25519-enc-argon2id.ppk',
];

const PASSPHRASE = { passphrase: 'secret passphrase' };

async function keyOrNull(bytes: Uint8Array): Promise<PrivateKey | null> {
  try {
    return await readPrivateKey(bytes, PASSPHRASE);
  } catch (error) {
    if (error instanceof KeyError) return null;
    throw error;
  }
}

/** Replacements for a byte: another letter or bit, and a line end or a set top bit. */
const FLIPS: ((byte: number) => number)[] = [
  (byte) => byte ^ 0x01,
  (byte) => (byte === 0x8a ? 0x0a : 0x8a),
];

async function damageAll(bytes: Buffer, step: number, check: Check): Promise<void> {
  for (let at = 0; at < bytes.length; at += step) {
    for (const flip of FLIPS) {
      const damaged = Buffer.from(bytes);
      damaged[at] = flip(bytes[at] ?? 0);
      check(await keyOrNull(damaged), `a change at ${at}`);
    }
    check(await keyOrNull(bytes.subarray(0, at)), `a cut at ${at}`);
  }
}

type Check = (key: PrivateKey | null, where: string) => void;

/** What must hold after any damage to a file of this key. */
async function sameAs(name: string): Promise<Check> {
  const original = await readPrivateKey(fixture(name), PASSPHRASE);
  return (key, where) => {
    if (key === null) return;
    expect({ where, blob: publicKeyBlob(key) }).toEqual({ where, blob: publicKeyBlob(original) });
    expect(key.private).toEqual(original.private);
  };
}

/** Damages what the base64 text of a PEM file holds, so that every bit of the content is reached. */
async function damageContent(name: string, check: Check, step = 1): Promise<void> {
  const [begin = '', ...rest] = fixture(name).toString().trimEnd().split('\n');
  const end = rest.pop() ?? '';
  const body = Buffer.from(rest.join(''), 'base64');
  for (let at = 0; at < body.length; at += step) {
    for (const flip of FLIPS) {
      const damaged = Buffer.from(body);
      damaged[at] = flip(body[at] ?? 0);
      const file = Buffer.from(`${begin}\n${damaged.toString('base64')}\n${end}\n`);
      check(await keyOrNull(file), `a change of byte ${at}`);
    }
  }
}

const anything: Check = () => undefined;
const SLOW = { timeout: 240_000 };

describe('any byte of a file can change, and it can end anywhere', () => {
  test.each(FILES)('%s', SLOW, async (name) => {
    await damageAll(fixture(name), 1, await sameAs(name));
  });

  test.each(SLOW_FILES)('%s, at every 29th byte', SLOW, async (name) => {
    await damageAll(fixture(name), 29, await sameAs(name));
  });

  test.each(BARE_FILES)('%s, without a way to tell', SLOW, async (name) => {
    await damageAll(fixture(name), 5, anything);
  });
});

describe('any byte of the content can change', () => {
  const pems = FILES.filter((name) => !name.endsWith('.ppk') && !name.endsWith('-aes128.pem'));

  test.each(pems)('%s', SLOW, async (name) => {
    await damageContent(name, await sameAs(name));
  });

  test.each(BARE_FILES)('%s, without a way to tell', SLOW, async (name) => {
    await damageContent(name, anything, 3);
  });
});
