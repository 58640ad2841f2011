import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from './run-program.js';

/** A key pair made by the real tools, in the forms that the clients read. */
export interface UserKey {
  /** Private key as PKCS#1 PEM, as the Backend.AI manager makes it. */
  readonly pemFile: string;
  /** The same as PPK version 2, by puttygen. */
  readonly ppkFile: string;
  /** `ssh-rsa AAAA… comment`, for `authorized_keys`. */
  readonly publicKeyLine: string;
}

const ENVIRONMENT = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' };

/** Makes an RSA key of 2048 bits without a passphrase in `folder`. */
export async function makeUserKey(folder: string): Promise<UserKey> {
  const pemFile = join(folder, `user-key-${randomBytes(4).toString('hex')}`);
  const ppkFile = `${pemFile}.ppk`;
  await make('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', '', '-f', pemFile]);
  const version = ['--ppk-param', 'version=2'];
  await make('puttygen', [pemFile, '-O', 'private', ...version, '-o', ppkFile]);
  const publicKeyLine = (await readFile(`${pemFile}.pub`, 'utf8')).trim();
  return { pemFile, ppkFile, publicKeyLine };
}

async function make(file: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await runProgram(file, args, { env: ENVIRONMENT });
  if (code !== 0) throw new Error(`${file} failed: ${stderr}`);
}
