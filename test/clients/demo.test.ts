import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';

/** OpenSSH and PuTTY judge the demo's SSH server, without a tunnel. */

const run = promisify(execFile);
const size = 64 * 1024 * 1024;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

let demo: Demo;
let folder: string;
let bytes: Buffer;
beforeAll(async () => {
  demo = await startDemo();
  folder = await mkdtemp(join(tmpdir(), 'bai-win-test-'));
  bytes = randomBytes(size);
  await writeFile(join(folder, 'up.bin'), bytes);
});
afterAll(async () => {
  await demo.close();
  await rm(folder, { recursive: true, force: true });
});

/** Writes a session's key and known host, and gives OpenSSH's options for them. */
async function openssh(name: string): Promise<string[]> {
  const key = join(folder, `${name}.key`);
  const hosts = join(folder, `${name}.hosts`);
  const port = demo.sshPort(name);
  await writeFile(key, demo.session(name).privateKey, { mode: 0o600 });
  await writeFile(hosts, `[127.0.0.1]:${String(port)} ${demo.session(name).hostKey}\n`);
  const options = [
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    `IdentityFile=${key}`,
    `UserKnownHostsFile=${hosts}`,
    'GlobalKnownHostsFile=/dev/null',
    'StrictHostKeyChecking=yes',
    `Port=${String(port)}`,
  ];
  return ['-F', '/dev/null', ...options.flatMap((option) => ['-o', option])];
}

describe.each(['demo', 'demo-dropbear', 'demo-own-key'])('OpenSSH with %s', (name) => {
  it('runs a command', async () => {
    const options = await openssh(name);
    const { stdout } = await run('ssh', [...options, 'work@127.0.0.1', 'echo', 'hello']);
    expect(stdout).toBe('hello\n');
    await expect(run('ssh', [...options, 'work@127.0.0.1', 'exit 3'])).rejects.toMatchObject({
      code: 3,
    });
  });
});

describe('sftp', () => {
  it('moves 64 MiB up and down, and changes files', async () => {
    const batch = join(folder, 'batch');
    const down = join(folder, 'down.bin');
    await writeFile(
      batch,
      [
        'cd my-folder',
        `put ${join(folder, 'up.bin')} big.bin`,
        `get big.bin ${down}`,
        'rename big.bin big2.bin',
        'chmod 600 big2.bin',
        'ls -l',
        'mkdir sub',
        'rmdir sub',
        'rm big2.bin',
        'pwd',
      ].join('\n'),
    );
    const options = await openssh('demo');
    const { stdout } = await run('sftp', [...options, '-b', batch, 'work@127.0.0.1']);
    expect(stdout).toMatch(/-rw------- .* work +work +67108864 .* big2\.bin/);
    expect(stdout).toContain('Remote working directory: /home/work/my-folder');
    expect(sha256(await readFile(down))).toBe(sha256(bytes));
  });
});

describe('psftp', () => {
  it('moves 64 MiB up and down', async () => {
    const key = join(folder, 'psftp.pem');
    const ppk = join(folder, 'psftp.ppk');
    const batch = join(folder, 'psftp.batch');
    const down = join(folder, 'psftp.bin');
    await writeFile(key, demo.session('demo-dropbear').privateKey, { mode: 0o600 });
    await run('puttygen', [key, '-O', 'private', '-o', ppk]);
    const [, hostKey = ''] = demo.session('demo-dropbear').hostKey.split(' ');
    const digest = createHash('sha256').update(Buffer.from(hostKey, 'base64')).digest('base64');
    const lines = [
      `put ${join(folder, 'up.bin')} big.bin`,
      'ls',
      `get big.bin ${down}`,
      'rm big.bin',
    ];
    await writeFile(batch, lines.join('\n'));
    const { stdout } = await run(
      'psftp',
      [
        ...['-batch', '-bc', '-b', batch, '-P', String(demo.sshPort('demo-dropbear'))],
        ...['-i', ppk, '-hostkey', `SHA256:${digest.replace(/=+$/, '')}`, 'work@127.0.0.1'],
      ],
      { env: { ...process.env, HOME: folder } },
    );
    expect(stdout).toContain('Remote working directory is /home/work');
    expect(stdout).toMatch(/-rw-r--r-- .* 67108864 .* big\.bin/);
    expect(sha256(await readFile(down))).toBe(sha256(bytes));
  });
});
