import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import { baiWin, type Outcome } from '../cli/support/bai-win.js';
import { fingerprintTree, makeScratchHome, type ScratchHome } from '../cli/support/scratch-home.js';

interface SetupJson {
  site: { port: number; keyPath: string; ppkPath: string };
  keyFingerprint: string;
  hostKeyFingerprint: string;
  hostKey: string;
}

let demo: Demo;
let home: ScratchHome;
let written: SetupJson;

beforeAll(async () => {
  demo = await startDemo({ only: ['demo'] });
  home = await makeScratchHome();
  const args = ['setup', 'demo', '--for', 'putty', '--json'];
  const { stdout } = await baiWin(args, { ...home.env, ...demo.env }, { cwd: home.path });
  written = JSON.parse(stdout) as SetupJson;
  await demo.close();
});
afterAll(() => home.remove());

/** Nobody is signed in, and the manager is gone. */
const run = (...args: string[]): Promise<Outcome> => baiWin(args, home.env, { cwd: home.path });

describe('show', () => {
  it('says all that another client asks, from the notes alone', async () => {
    const before = await fingerprintTree(home.path);
    const { code, stdout, stderr } = await run('show', 'demo');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const { port, keyPath, ppkPath } = written.site;
    const blob = Buffer.from(written.hostKey.split(' ')[1] ?? '', 'base64');
    const md5 = createHash('md5').update(blob).digest('hex').match(/../g)?.join(':') ?? '?';
    for (const line of [
      'host         127.0.0.1',
      `port         ${port}`,
      'user         work',
      `key          ${keyPath}`,
      `PuTTY key    ${ppkPath}`,
      `             ${written.keyFingerprint}`,
      `host key     ${written.hostKeyFingerprint}`,
      `             MD5:${md5}`,
      `url          sftp://work@127.0.0.1:${port}/home/work`,
      `ssh          ssh -i ${keyPath} -o IdentitiesOnly=yes -p ${port} work@127.0.0.1`,
      `sftp         sftp -i ${keyPath} -o IdentitiesOnly=yes -P ${port} work@127.0.0.1`,
      `known_hosts  [127.0.0.1]:${port} ${written.hostKey}`,
    ]) {
      expect(stdout.split('\n')).toContain(line);
    }
    expect(stdout).not.toContain((await readFile(keyPath, 'utf8')).split('\n')[1]);
    expect(await fingerprintTree(home.path)).toEqual(before);
  });

  it('lets ssh know the host where ssh is set up', async () => {
    const other = await makeScratchHome();
    const running = await startDemo({ only: ['demo'] });
    try {
      const env = { ...other.env, ...running.env };
      const cwd = other.path;
      await baiWin(['setup', 'demo', '--for', 'openssh'], env, { cwd });
      const { stdout } = await baiWin(['show', 'demo', '--json'], env, { cwd });
      const { id, ssh } = JSON.parse(stdout) as { id: string; ssh: string };
      const file = /-o UserKnownHostsFile=(\S+) /.exec(ssh)?.[1] ?? '?';
      expect(ssh).toContain(` -o HostKeyAlias=${id} `);
      const path = file.replace(/^~/, other.path);
      expect(await readFile(path, 'utf8')).toMatch(new RegExp(`^${id} ssh-`, 'm'));
    } finally {
      await running.close();
      await other.remove();
    }
  });

  it('gives the same to programs', async () => {
    const { stdout } = await run('show', 'demo', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'demo',
      endpoint: demo.env['BACKEND_ENDPOINT'],
      port: written.site.port,
      clients: ['putty'],
      tunnel: null,
      hostKey: { sha256: written.hostKeyFingerprint },
    });
  });

  it('lists what is set up, and says so where nothing fits', async () => {
    expect((await run('show')).stdout).toMatch(/^NAME .*\ndemo +\d+ +work +closed +putty +http/);
    const { code, stderr } = await run('show', 'other');
    expect(code).toBe(1);
    expect(stderr).toContain('these are: demo');
  });

  it.each(['show', 'open', 'remove', 'up', 'down'])(
    '%s tells which name is near to one that is misspelt',
    async (command) => {
      const { code, stderr } = await run(command, 'dmeo');
      expect(code).toBe(1);
      expect(stderr).toContain('hint: perhaps demo is meant; ');
    },
  );
});
