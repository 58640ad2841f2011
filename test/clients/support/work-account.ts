import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from './run-program.js';

/** Written into the account's comment field, so that we never touch an account of somebody's. */
const MARK = 'bai-win client tests';

const ADMIN_ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };

/** The account that the real SSH servers log in to, as in a compute session. */
export interface WorkAccount {
  readonly name: 'work';
  readonly home: string;
  /** Lets a key in: one line as in a `.pub` file. */
  authorize(publicKeyLine: string): Promise<void>;
  /** Takes that line out again. */
  revoke(publicKeyLine: string): Promise<void>;
}

interface PasswdEntry {
  readonly uid: number;
  readonly gid: number;
  readonly comment: string;
  readonly home: string;
}

async function findAccount(name: string): Promise<PasswdEntry | undefined> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n');
  const entry = lines.map((line) => line.split(':')).find(([account]) => account === name);
  if (entry === undefined) return undefined;
  const [, , uid = '', gid = '', comment = '', home = ''] = entry;
  return { uid: Number(uid), gid: Number(gid), comment, home };
}

async function administer(file: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await runProgram(file, args, { env: ADMIN_ENVIRONMENT });
  if (code !== 0) throw new Error(`${file} failed: ${stderr}`);
}

/**
 * The account `work`, made on first use and kept. dropbear lets in only the account that it runs as
 * unless it runs as root, so these tests need root: a container or a throw-away machine.
 *
 * @throws Error when not root, or when there is a `work` that these tests did not make
 */
export async function workAccount(): Promise<WorkAccount> {
  const name = 'work';
  if (process.getuid?.() !== 0) {
    throw new Error(
      'the client tests make an account "work" for dropbear: run them as root, in a container',
    );
  }
  if ((await findAccount(name)) === undefined) {
    await administer('useradd', ['-m', '-s', '/bin/bash', '-c', MARK, name]);
    // No password, but not locked either: a locked account is refused by some servers.
    await administer('usermod', ['-p', '*', name]);
  }
  const account = await findAccount(name);
  if (account?.comment !== MARK) {
    throw new Error(`this machine has an account "${name}" that is not ours: use a container`);
  }

  const folder = join(account.home, '.ssh');
  const file = join(folder, 'authorized_keys');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chown(folder, account.uid, account.gid);

  async function rewrite(edit: (lines: string[]) => string[]): Promise<void> {
    const text = await readFile(file, 'utf8').catch(() => '');
    const lines = edit(text.split('\n').filter((line) => line !== ''));
    const next = `${file}.${randomBytes(4).toString('hex')}`;
    await writeFile(next, lines.map((line) => `${line}\n`).join(''));
    await chown(next, account?.uid ?? 0, account?.gid ?? 0);
    await chmod(next, 0o600);
    await rename(next, file);
  }

  return {
    name,
    home: account.home,
    authorize: (line) => rewrite((lines) => [...lines, line.trim()]),
    revoke: (line) => rewrite((lines) => lines.filter((other) => other !== line.trim())),
  };
}
