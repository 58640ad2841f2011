import { lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { baiWin, startBaiWin, type Outcome } from '../cli/support/bai-win.js';
import { fingerprintTree } from '../cli/support/scratch-home.js';
import { makePipe } from '../platform/scratch.js';
import { useDemoAndHome } from './support/demo-and-home.js';
import { listenOn } from './support/listen-on.js';

interface SetupJson {
  site: { port: number; user: string; keyPath: string; ppkPath: string };
  keyFingerprint: string;
  hostKeyFingerprint: string;
  changed: boolean;
  changes: { title: string; subject: string }[];
  stale: { what: string; old: string; new: string }[];
}

const world = useDemoAndHome();

/** Does not hang on what is installed here: writes for FileZilla and PuTTY unless told. */
function run(...args: string[]): Promise<Outcome> {
  const clients =
    args[0] === 'setup' && !args.includes('--for') ? ['--for', 'filezilla,putty'] : [];
  return world.run(...args, ...clients);
}

async function setup(...args: string[]): Promise<SetupJson> {
  const { code, stdout, stderr } = await run('setup', ...args, '--json');
  expect(stderr).not.toContain('error');
  expect(code).toBe(0);
  return JSON.parse(stdout) as SetupJson;
}

const siteManager = (): string => join(world.home.path, '.config', 'filezilla', 'sitemanager.xml');

describe('setup', () => {
  it('writes keys, host keys and entries, and proves them by logging in', async () => {
    const { code, stdout, stderr } = await run('setup', 'demo');
    expect(code).toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain('session     demo, running');
    expect(stderr).toMatch(/login {7}work@127\.0\.0\.1:\d+ works, \d+ entries in \/home\/work/);
    expect(stderr).toMatch(/(?:putty|plink) -load bai-demo/);
    const files = Object.keys(await fingerprintTree(world.home.path));
    expect(files).toContain('.config/filezilla/sitemanager.xml');
    expect(files).toContain('.putty/sessions/bai-demo');
    expect(files).toContain('.putty/sshhostkeys');
    expect(await readFile(siteManager(), 'utf8')).toContain('<Name>demo</Name>');
  });

  it('keeps what it writes private from other accounts', async () => {
    const { site } = await setup('demo');
    const tree = await fingerprintTree(world.home.path);
    for (const [name, entry] of Object.entries(tree)) {
      if (name.startsWith(join('.local', 'share', 'bai-win', 'keys'))) {
        expect(entry, name).toMatch(/^(?:600|700 folder)/);
      }
    }
    expect(await readFile(site.ppkPath, 'utf8')).toMatch(/^PuTTY-User-Key-File-2: ssh-rsa\n/);
  });

  it('changes no byte when it is run again', async () => {
    await setup('demo');
    const before = await fingerprintTree(world.home.path);
    const { code, stderr } = await run('setup', 'demo');
    expect(code).toBe(0);
    expect(stderr).toContain('unchanged   everything is up to date');
    expect(await fingerprintTree(world.home.path)).toEqual(before);
  });

  it('finds a session by a unique prefix of its name or id', async () => {
    const { id } = world.demo.session('demo-dropbear');
    const byName = await setup('demo-d', '--dry-run');
    const byId = await setup(id.slice(0, 8), '--dry-run');
    expect(byName.keyFingerprint).toBe(byId.keyFingerprint);
  });

  it("neither waits for nor replaces a pipe in the place of a client's file", async () => {
    await mkdir(join(world.home.path, '.config', 'filezilla'), { recursive: true });
    makePipe(siteManager());
    const { code, stderr } = await run('setup', 'demo');
    expect(code).toBe(1);
    expect(stderr).toContain(`error: ${siteManager()} is a device, a pipe or a socket`);
    expect((await lstat(siteManager())).isFIFO()).toBe(true);
  });

  it('shows all and writes nothing with --dry-run', async () => {
    const before = await fingerprintTree(world.home.path);
    const { code, stdout, stderr } = await run('setup', 'demo', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain('+++ ' + siteManager());
    expect(stdout).toContain('<Name>demo</Name>');
    expect(stdout).not.toContain('PRIVATE KEY');
    expect(stderr).toMatch(/^ {12}notes of bai-win: .*sites\.json$/m);
    expect(stderr).toContain('nothing was written');
    expect(await fingerprintTree(world.home.path)).toEqual(before);
  });

  it('writes only for the clients that are asked for', async () => {
    await setup('demo', '--for', 'putty');
    const files = Object.keys(await fingerprintTree(world.home.path));
    expect(files).not.toContain('.config/filezilla/sitemanager.xml');
    expect(files).toContain('.putty/sessions/bai-demo');
  });

  it('waits when the rate limit is reached, and tells', async () => {
    world.demo.failRequests('rate-limited', { target: /gql/, times: 1 });
    const { code, stderr } = await run('setup', 'demo', '--dry-run');
    expect(code).toBe(0);
    expect(stderr).toMatch(/warning: .*5 s/);
  });

  it('gives no port that FileZilla knows a host key of somebody else for', async () => {
    const { site } = await setup('demo', '--dry-run');
    const own = `ssh-ed25519@${site.port}:127.0.0.1 0x1,0x2\n`;
    const hostKeys = join(world.home.path, '.putty', 'sshhostkeys');
    await mkdir(join(world.home.path, '.putty'));
    await writeFile(hostKeys, own);
    const next = (await setup('demo')).site.port;
    expect(next).not.toBe(site.port);
    expect(await readFile(hostKeys, 'utf8')).toContain(own);
    expect((await setup('demo')).site.port).toBe(next);
    await run('remove', 'demo');
    expect(await readFile(hostKeys, 'utf8')).toBe(own);
  });

  it('gives two sessions two ports and two sites', async () => {
    const one = await setup('demo');
    const two = await setup('demo-dropbear');
    expect(one.site.port).not.toBe(two.site.port);
    const text = await readFile(siteManager(), 'utf8');
    expect(text.match(/<Server>/g)).toHaveLength(2);
  });
});

describe('setup after something changed', () => {
  it('updates the key files alone after a new key', async () => {
    const first = await setup('demo');
    const entries = await readFile(siteManager(), 'utf8');
    await world.demo.rotateKey('demo');
    const second = await setup('demo');
    expect(second.stale).toEqual([
      { what: 'key', old: first.keyFingerprint, new: second.keyFingerprint },
    ]);
    expect(second.changes.map(({ subject }) => subject).sort()).toEqual(
      [second.site.keyPath, second.site.ppkPath, expect.stringContaining('sites.json')].sort(),
    );
    expect(await readFile(siteManager(), 'utf8')).toBe(entries);
  });

  it('updates the pinned host keys alone after a new host key, and says both fingerprints', async () => {
    const first = await setup('demo');
    await world.demo.rotateHostKey('demo');
    const { stderr } = await run('setup', 'demo');
    const second = await setup('demo');
    expect(stderr).toContain(
      `stale       host key: was ${first.hostKeyFingerprint}, is ${second.hostKeyFingerprint}`,
    );
    expect(second.changed).toBe(false);
    const cache = await readFile(join(world.home.path, '.putty', 'sshhostkeys'), 'utf8');
    expect(cache.trim().split('\n')).toHaveLength(2);
  });

  it('keeps the port and the entries when a session of the same name is created again', async () => {
    const first = await setup('demo');
    const entries = await readFile(siteManager(), 'utf8');
    await world.demo.replaceSession('demo', { newKey: true });
    const second = await setup('demo');
    expect(second.site.port).toBe(first.site.port);
    expect(second.stale.map(({ what }) => what)).toEqual(['session', 'key', 'host key']);
    expect(await readFile(siteManager(), 'utf8')).toBe(entries);
  });

  it('moves every entry to a port that is asked for, and keeps that one', async () => {
    const first = await setup('demo');
    const port = first.site.port === 23_456 ? 23_457 : 23_456;
    const second = await setup('demo', '--port', String(port));
    expect(second.stale).toEqual([
      { what: 'port', old: String(first.site.port), new: String(port) },
    ]);
    expect(await readFile(siteManager(), 'utf8')).toContain(`<Port>${port}</Port>`);
    expect((await setup('demo')).changed).toBe(false);
  });

  it('takes another port when a stranger has the assigned one, and says so', async () => {
    const first = await setup('demo');
    const stranger = await listenOn(first.site.port);
    try {
      const dry = await run('setup', 'demo', '--dry-run');
      expect(dry.stderr).toMatch(/so this session would have port \d+, and every client would/);
      const { stderr, code } = await run('setup', 'demo');
      expect(code).toBe(0);
      expect(stderr).toContain(`warning: port ${first.site.port} is taken by another program`);
      expect((await setup('demo')).site.port).not.toBe(first.site.port);
    } finally {
      stranger.close();
    }
  });

  it('uses the tunnel that another process holds open', async () => {
    const first = await setup('demo');
    const tunnel = startBaiWin(['tunnel', 'demo'], world.env, world.home.path);
    await new Promise<void>((resolve) => {
      tunnel.stderr?.on('data', (chunk: Buffer) => {
        if (chunk.includes('is open on')) resolve();
      });
    });
    const { stderr } = await run('setup', 'demo');
    expect(stderr).toContain(
      `127.0.0.1:${first.site.port}, held open by process ${String(tunnel.pid)}`,
    );
    const second = await run('tunnel', 'demo');
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('the tunnel of demo is open already');
    tunnel.kill('SIGTERM');
    await new Promise((resolve) => tunnel.once('close', resolve));
    expect((await setup('demo')).site.port).toBe(first.site.port);
  });
});

describe('setup that cannot succeed says why and leaves everything as it was', () => {
  /** Sets up once, so that there is something to lose; then runs again and compares. */
  async function refused(args: string[], env: NodeJS.ProcessEnv = {}, code = 1): Promise<Outcome> {
    const before = await fingerprintTree(world.home.path);
    const outcome = await baiWin(args, { ...world.env, ...env }, { cwd: world.home.path });
    expect(outcome.code).toBe(code);
    expect(outcome.stdout).toBe('');
    expect(await fingerprintTree(world.home.path)).toEqual(before);
    return outcome;
  }

  it('no such session', async () => {
    const { stderr } = await refused(['setup', 'nosuch']);
    expect(stderr).toMatch(/^bai-win: error: .*nosuch.*\nbai-win: hint: .+\n$/);
  });

  it('several sessions match', async () => {
    const { stderr } = await refused(['setup', 'demo-']);
    for (const name of ['demo-dropbear', 'demo-own-key', 'demo-pending']) {
      expect(stderr).toContain(name);
    }
  });

  it('the session is not running', async () => {
    const { stderr } = await refused(['setup', 'demo-pending']);
    expect(stderr).toContain('PENDING');
  });

  it('the session has no id_container', async () => {
    const { stderr } = await refused(['setup', 'demo-own-key']);
    expect(stderr).toContain('.ssh');
  });

  it('the key is protected by a passphrase', async () => {
    const fixture = new URL('../../fixtures/keys/rsa2048-pem-encrypted', import.meta.url);
    await world.demo.setKeyFile('demo', await readFile(fixture, 'utf8'));
    try {
      const { stderr } = await refused(['setup', 'demo']);
      expect(stderr).toContain('passphrase');
    } finally {
      await world.demo.setKeyFile('demo', world.demo.session('demo').privateKey);
    }
  });

  it('the secret key is wrong', async () => {
    const { stderr } = await refused(['setup', 'demo'], { BACKEND_SECRET_KEY: 'wrong' });
    expect(stderr).toContain('the secret key (environment) does not belong to access key');
    expect(stderr).toContain(
      'hint: correct BACKEND_ACCESS_KEY and BACKEND_SECRET_KEY, or do without',
    );
  });

  it('nobody is signed in', async () => {
    const { stderr } = await refused(['setup', 'demo'], {
      BACKEND_ENDPOINT: '',
      BACKEND_ACCESS_KEY: '',
      BACKEND_SECRET_KEY: '',
    });
    expect(stderr).toContain('no Backend.AI endpoint');
  });

  it('the clock of this computer is wrong', async () => {
    world.demo.setClockSkew(20 * 60_000);
    const { stderr } = await refused(['setup', 'demo']);
    expect(stderr).toContain('clock');
  });

  it('the address answers with a web page', async () => {
    world.demo.failRequests('html');
    await refused(['setup', 'demo']);
  });

  it('nothing listens at the address', async () => {
    const { stderr } = await refused(['setup', 'demo'], { BACKEND_ENDPOINT: 'http://127.0.0.1:1' });
    expect(stderr).toContain('127.0.0.1:1');
  });

  it('the session does not know the account', async () => {
    const { stderr } = await refused(['setup', 'demo', '--user', 'root']);
    expect(stderr).toContain('error: the session refused the key for account "root"');
    expect(stderr).toContain('hint: leave --user out, or give --user work');
    expect((await run('setup', 'demo', '--user', 'work', '--dry-run')).code).toBe(0);
  });

  it('the session refuses SSH connections', async () => {
    world.demo.refuseSshd('demo');
    const { stderr } = await refused(['setup', 'demo']);
    expect(stderr).toContain('sshd');
  });

  it("FileZilla's site list is damaged", async () => {
    await mkdir(join(world.home.path, '.config', 'filezilla'), { recursive: true });
    await writeFile(siteManager(), '<?xml version="1.0"?><FileZilla3><Servers><Server>');
    const { stderr } = await refused(['setup', 'demo']);
    expect(stderr).toContain(siteManager());
  });

  it('a client is not known, or a port is out of range', async () => {
    const usage = (...args: string[]): Promise<Outcome> =>
      refused(['setup', 'demo', ...args], {}, 2);
    expect((await usage('--for', 'cyberduck')).stderr).toContain('cyberduck');
    expect((await usage('--port', '80')).stderr).toContain('80');
  });

  it('never prints a secret', async () => {
    const outcomes = [
      await run('setup', 'demo', '--verbose'),
      await run('setup', 'demo', '--json', '--dry-run'),
      await run('login', '--show'),
    ];
    const key = world.demo.session('demo').privateKey.split('\n')[2] ?? '';
    for (const { stdout, stderr } of outcomes) {
      expect(stdout + stderr).not.toContain(world.demo.secretKey);
      expect(stdout + stderr).not.toContain(key);
    }
  });
});
