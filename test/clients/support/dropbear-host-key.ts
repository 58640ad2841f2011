import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { runProgram } from './run-program.js';

/** A host key in dropbear's own format, as `dropbearkey` makes it inside a compute session. */
export interface DropbearHostKey {
  readonly file: string;
  /** `ssh-rsa AAAA…`: type and base64 blob, as in `known_hosts`, without a comment. */
  readonly publicKey: string;
  /** The blob itself (RFC 4253, section 6.6). */
  readonly blob: Buffer;
}

/**
 * Makes a host key in `folder`. A compute session has one RSA key of 2048 bits and no other, so that
 * is the default.
 */
export async function makeDropbearHostKey(
  folder: string,
  type: 'rsa' | 'ed25519' | 'ecdsa' = 'rsa',
): Promise<DropbearHostKey> {
  const file = join(folder, `dropbear_${type}_host_key_${randomBytes(4).toString('hex')}`);
  const size = type === 'rsa' ? ['-s', '2048'] : [];
  const { code, stdout, stderr } = await runProgram(
    'dropbearkey',
    ['-t', type, ...size, '-f', file],
    { env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' } },
  );
  const [, name, base64] = /^((?:ssh|ecdsa)-\S+) (\S+)/m.exec(stdout) ?? [];
  if (code !== 0 || name === undefined || base64 === undefined) {
    throw new Error(`dropbearkey failed: ${stdout}${stderr}`);
  }
  return { file, publicKey: `${name} ${base64}`, blob: Buffer.from(base64, 'base64') };
}
