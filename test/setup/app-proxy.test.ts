import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import { baiWin, type Outcome } from '../cli/support/bai-win.js';
import { freePort } from '../clients/support/free-port.js';
import { fingerprintTree, leftovers } from '../cli/support/scratch-home.js';
import { useDemoAndHome } from './support/demo-and-home.js';

const world = useDemoAndHome({ appProxy: true, only: ['demo'] });

afterEach(() => {
  if (world.demo.appProxy !== null) world.demo.appProxy.noWorker = false;
});

const { run } = world;

const viaAppProxy = (...args: string[]): Promise<Outcome> =>
  run('setup', 'demo', '--for', 'putty', '--via', 'appproxy', ...args);

describe('setup --via appproxy', () => {
  it('goes to the port of the AppProxy, and says that SSH alone guards it', async () => {
    const { code, stderr } = await viaAppProxy('--verbose');
    expect(stderr).toMatch(/^appproxy {4}127\.0\.0\.1:\d+, clients need no tunnel$/m);
    expect(stderr).toMatch(/warning: the AppProxy asks nobody who they are: .*the SSH key alone/);
    expect(stderr).toMatch(/login {7}work@127\.0\.0\.1:\d+ works/);
    expect(stderr).not.toContain('host key is taken');
    expect(code).toBe(0);
    // It stays so, and the port is found again.
    const again = JSON.parse(
      (await run('setup', 'demo', '--for', 'putty', '--json')).stdout,
    ) as object;
    expect(again).toMatchObject({ via: 'appproxy', changed: false });
    expect((await run('show', 'demo')).stdout).toMatch(
      /^tunnel +not needed: that is a port of the AppProxy$/m,
    );
  });

  it('leaves no host key behind at the places where clients went before', async () => {
    const hostKeys = join(world.home.path, '.putty', 'sshhostkeys');
    await mkdir(dirname(hostKeys));
    // The user's own, of a server that had the port.
    const [from, to] = [await freePort(), await freePort()];
    await writeFile(hostKeys, `dss@${from}:127.0.0.1 0x10001,0xc0ffee\n`);
    const before = await leftovers(world.home.path);
    const places = [
      ['--port', String(to)],
      ['--via', 'appproxy'],
      ['--via', 'tunnel', '--port', String(from + 1)],
    ];
    for (const place of places) {
      const { code, stderr } = await run(
        ...['setup', 'demo', '--for', 'filezilla,putty', '--no-tunnel', ...place],
      );
      expect(code, stderr).toBe(0);
      // One of the user's and one of ours.
      const text = await readFile(hostKeys, 'utf8');
      expect(text.match(/^.*@\d+:127\.0\.0\.1 /gm)).toHaveLength(2);
    }
    expect((await run('remove', 'demo')).code).toBe(0);
    expect(await leftovers(world.home.path)).toEqual(before);
  });

  it('works by a login to the web console, too', async () => {
    const { username, password } = world.demo.login;
    const login = ['login', world.demo.webEndpoint, '--user', username, '--password-stdin'];
    await baiWin(login, world.home.env, { cwd: world.home.path, input: password });
    const args = ['setup', 'demo', '--for', 'putty', '--via', 'appproxy'];
    const { code, stderr } = await baiWin(args, world.home.env, { cwd: world.home.path });
    expect(stderr).toMatch(/login {7}work@127\.0\.0\.1:\d+ works/);
    expect(code).toBe(0);
  });

  it.each([
    ['no worker has a port', () => undefined, 'has no worker with a TCP port to give'],
    [
      'it refuses',
      (site: Demo) => {
        site.failRequests('no-authorization', { target: /v2\/proxy\/auth/ });
      },
      'does not take the token that the manager gave',
    ],
    [
      'it answers otherwise',
      (site: Demo) => {
        site.failRequests('html', { target: /^\/setup/ });
      },
      'does not answer as expected: no redirect in its answer',
    ],
  ])('says so where %s, and writes nothing', async (what, arrange, words) => {
    if (world.demo.appProxy !== null) world.demo.appProxy.noWorker = what.startsWith('no worker');
    arrange(world.demo);
    const { code, stderr } = await viaAppProxy('--verbose');
    expect(stderr).toContain(words);
    expect(code).toBe(1);
    expect(await fingerprintTree(world.home.path)).toEqual({});
  });

  it('says that a site has none', async () => {
    const plain = await startDemo({ only: ['demo'] });
    try {
      const args = ['setup', 'demo', '--via', 'appproxy', '--for', 'putty'];
      const { stderr } = await baiWin(
        args,
        { ...world.home.env, ...plain.env },
        { cwd: world.home.path },
      );
      expect(stderr).toContain(`${plain.endpoint} has no AppProxy for session "demo"`);
      expect(stderr).toContain('hint: to go through a tunnel instead');
    } finally {
      await plain.close();
    }
  });
});
