/** Real transfers: OpenSSH's sftp through a contender to OpenSSH's sshd. */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const SSHD = '/usr/sbin/sshd';
const FILES = 2000;
const FILE_SIZE = 4096;

export const hasSshd = existsSync(SSHD) && existsSync('/usr/bin/sftp');

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a sshd with keys of its own in `folder`, and makes the files to send. */
export async function startSshd(folder, size) {
  const port = await freePort();
  for (const name of ['host', 'user']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  }
  writeFileSync(join(folder, 'authorized'), readFileSync(join(folder, 'user.pub')), {
    mode: 0o600,
  });
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized')}`,
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
    'Subsystem sftp internal-sftp',
  ];
  writeFileSync(join(folder, 'sshd_config'), config.join('\n') + '\n');
  // Debian's sshd wants this folder; only root can make it, and only root needs it.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  const child = spawn(SSHD, ['-D', '-f', join(folder, 'sshd_config')], { stdio: 'ignore' });
  writeFileSync(join(folder, 'big'), randomBytes(size));
  mkdirSync(join(folder, 'many'));
  const content = randomBytes(FILE_SIZE);
  for (let i = 0; i < FILES; i++) writeFileSync(join(folder, 'many', `f${i}`), content);
  await sleep(500);
  return { port, end: () => child.kill() };
}

async function transfer(folder, port, commands) {
  const batch = join(folder, 'batch');
  writeFileSync(batch, commands.join('\n') + '\n');
  const options = {
    IdentityFile: join(folder, 'user'),
    IdentitiesOnly: 'yes',
    StrictHostKeyChecking: 'no',
    UserKnownHostsFile: '/dev/null',
    Ciphers: 'aes128-gcm@openssh.com',
    LogLevel: 'ERROR',
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const start = performance.now();
  const child = spawn('sftp', ['-q', '-b', batch, '-P', String(port), ...flags, '127.0.0.1'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`sftp ended with ${code}`);
  return performance.now() - start;
}

/** Milliseconds for one large file and for many small ones, each way; what arrived is compared. */
export async function measureSftp(folder, port) {
  const result = {};
  const there = join(folder, 'there');
  const back = join(folder, 'back');
  mkdirSync(there);
  mkdirSync(back);
  result.putBig = await transfer(folder, port, [`put ${folder}/big ${there}/big`]);
  result.getBig = await transfer(folder, port, [`get ${there}/big ${back}/big`]);
  if (!readFileSync(`${folder}/big`).equals(readFileSync(`${back}/big`))) {
    throw new Error('the large file came back changed');
  }
  result.putMany = await transfer(folder, port, [`put -r ${folder}/many ${there}`]);
  result.getMany = await transfer(folder, port, [`get -r ${there}/many ${back}`]);
  if (readdirSync(`${back}/many`).length !== FILES) throw new Error('small files were lost');
  rmSync(there, { recursive: true });
  rmSync(back, { recursive: true });
  return result;
}
