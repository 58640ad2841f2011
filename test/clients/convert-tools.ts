/** The programs that conversion is compared with: puttygen, ssh-keygen, openssl. */
import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PrivateKey } from '../../src/convert/index.js';
import { bytesToNumber } from '../../src/convert/numbers.js';

/** A folder for key files, gone after the tests. */
export class Scratch {
  readonly path = mkdtempSync(join(tmpdir(), 'bai-win-convert-'));

  write(name: string, content: string | Uint8Array): string {
    const file = join(this.path, name);
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  read(name: string): Buffer {
    return readFileSync(join(this.path, name));
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}

/** Runs a program and returns what it printed; what it says on standard error is in the failure. */
export function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The numbers of a key file as puttygen prints them, by name; private ones included. */
export function puttygenNumbers(file: string, passphraseFile?: string): Map<string, string> {
  const old = passphraseFile === undefined ? [] : ['--old-passphrase', passphraseFile];
  const lines = run('puttygen', file, '-O', 'text', ...old)
    .trim()
    .split('\n');
  return new Map(
    lines.map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

/** The numbers of a key of ours under puttygen's names. */
export function ourNumbers(key: PrivateKey): Map<string, string> {
  const hex = (value: bigint) => `0x${value.toString(16)}`;
  const named = (numbers: Record<string, bigint>) =>
    new Map(Object.entries(numbers).map(([name, value]) => [name, hex(value)]));
  switch (key.algorithm) {
    case 'ssh-rsa': {
      const { d, p, q, iqmp } = key.private;
      return named({
        public_modulus: key.public.n,
        public_exponent: key.public.e,
        private_exponent: d,
        private_p: p,
        private_q: q,
        private_inverse_q_mod_p: iqmp,
      });
    }
    case 'ssh-dss': {
      const { p, q, g, y } = key.public;
      return named({ p, q, g, public_y: y, private_x: key.private.x });
    }
    case 'ssh-ed25519':
    case 'ssh-ed448':
      // puttygen reads the seed as a little-endian number.
      return named({ private_exponent: bytesToNumber(Buffer.from(key.private.seed).reverse()) });
    default: {
      const half = (key.public.point.length - 1) / 2;
      return named({
        public_affine_x: bytesToNumber(key.public.point.subarray(1, half + 1)),
        public_affine_y: bytesToNumber(key.public.point.subarray(half + 1)),
        private_exponent: key.private.d,
      });
    }
  }
}

/** The numbers of a PEM key as OpenSSL (inside Node) understands it, in the form of a JWK. */
export function opensslNumbers(pem: string, passphrase?: string): Record<string, unknown> {
  const key = createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase });
  return { ...key.export({ format: 'jwk' }) };
}

/** The same of a key of ours; DSA has no such form. */
export function ourJwk(key: PrivateKey): Record<string, unknown> {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
  const number = (value: bigint, length = 0) => {
    const hex = value.toString(16);
    const even = hex.padStart(Math.max(hex.length + (hex.length % 2), 2 * length), '0');
    return base64(Buffer.from(even, 'hex'));
  };
  switch (key.algorithm) {
    case 'ssh-rsa': {
      const { d, p, q, iqmp } = key.private;
      const numbers = { n: key.public.n, e: key.public.e, d, p, q, qi: iqmp };
      const crt = { dp: d % (p - 1n), dq: d % (q - 1n) };
      const entries = Object.entries({ ...numbers, ...crt });
      return { kty: 'RSA', ...Object.fromEntries(entries.map(([k, v]) => [k, number(v)])) };
    }
    case 'ssh-dss':
      throw new Error('DSA has no JWK');
    case 'ssh-ed25519':
    case 'ssh-ed448': {
      const crv = key.algorithm === 'ssh-ed25519' ? 'Ed25519' : 'Ed448';
      return { kty: 'OKP', crv, x: base64(key.public.point), d: base64(key.private.seed) };
    }
    default: {
      const half = (key.public.point.length - 1) / 2;
      const [x, y] = [key.public.point.subarray(1, half + 1), key.public.point.subarray(half + 1)];
      const crv = { 32: 'P-256', 48: 'P-384', 66: 'P-521' }[half];
      return { kty: 'EC', crv, x: base64(x), y: base64(y), d: number(key.private.d, half) };
    }
  }
}
