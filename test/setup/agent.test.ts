/** The agent as people meet it: `up`, `status`, `down`, `logs`, with clients that connect meanwhile. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import { logIn, makePerson, pause, untilGone, type Person } from '../cli/support/agent.js';
import { baiWin, PROGRAM, startBaiWin } from '../cli/support/bai-win.js';
import { listenOn } from './support/listen-on.js';

let demo: Demo;
let person: Person;

beforeAll(async () => {
  demo = await startDemo({ only: ['demo', 'demo-dropbear'] });
});
afterAll(() => demo.close());
beforeEach(async () => {
  person = await makePerson(demo.env);
});
afterEach(() => person.leave());

const stateFolder = (): string => join(person.home.path, '.local', 'share', 'bai-win', 'state');

describe('bai-win up', () => {
  it('holds every session that is set up, in the background, until down', async () => {
    const sites = [await person.setup('demo'), await person.setup('demo-dropbear')];
    const { pid, tunnels } = await person.up();
    expect(tunnels.map(({ session, port, state }) => ({ session, port, state }))).toEqual([
      { session: 'demo', port: sites[0]?.port, state: 'open' },
      { session: 'demo-dropbear', port: sites[1]?.port, state: 'open' },
    ]);
    for (const site of sites) await logIn(site);
    expect((await person.up()).pid).toBe(pid);

    const one = await person.run('down', 'demo');
    expect(one.stderr).toMatch(/^closed +demo\n$/u);
    expect(await person.run('down', 'demo')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'no tunnel of demo was open in the background\n',
    });
    expect((await person.run('status')).stderr).toBe(
      'the tunnel to demo is closed; to open all, type: bai-win up\n',
    );
    expect(JSON.parse((await person.run('status', '--json')).stdout)).toMatchObject({
      tunnels: [{ session: 'demo-dropbear' }],
      closed: [{ id: sites[0]?.id, session: 'demo' }],
    });
    expect((await person.run('down', 'nope')).stderr).toMatch(
      /"nope" is not set up .+: demo, demo-dropbear\n.+hint: to see .+ type: bai-win status\n$/u,
    );
    expect(one.stdout).not.toMatch(/demo /u);
    expect(one.stdout).toContain('demo-dropbear');
    if (sites[0] === undefined) throw new Error('unreachable');
    await expect(logIn(sites[0])).rejects.toThrow();

    const all = await person.run('down');
    expect(all).toMatchObject({ code: 0, stdout: '', stderr: 'all tunnels are closed\n' });
    await untilGone(pid);
    expect((await person.run('status')).stderr).toBe(
      'no tunnel is open in the background; type: bai-win up\n',
    );
    expect((await person.run('down')).stderr).toBe('no tunnel was open in the background\n');
  });

  it('follows what undo takes back: another port, or the whole session', async () => {
    const site = await person.setup('demo');
    await person.up('demo');
    const other = String(site.port + 1);
    await person.run('setup', 'demo', '--port', other, '--no-tunnel');
    expect((await person.run('status')).stderr).toBe(
      `the clients of demo are set up for port ${other}; to move the tunnel there, type: bai-win up demo\n`,
    );
    expect((await person.run('undo')).code).toBe(0);
    expect((await person.run('status')).stderr).toBe('');
    await logIn(site);
    expect((await person.status()).tunnels).toMatchObject([{ port: site.port, state: 'open' }]);
    expect((await person.run('undo')).stderr).toMatch(/^closed +demo$/mu);
    expect((await person.run('status')).stderr).toContain('no tunnel is open');
  });

  it('is what opens the tunnel of a session that undo brings back', async () => {
    const site = await person.setup('demo');
    await person.setup('demo-dropbear');
    await person.up();
    await person.run('remove', 'demo');
    const dry = await person.run('undo', '--dry-run');
    expect(dry.stderr).not.toContain('bai-win up');
    const { code, stderr } = await person.run('undo');
    expect(code).toBe(0);
    const [, words = ''] = /works while the tunnel is open: bai-win (.+)\n$/u.exec(stderr) ?? [];
    expect(words).toBe('up demo');
    await person.run(...words.split(' '));
    await logIn(site);
    await person.run('remove', 'demo');
    const { stdout } = await person.run('undo', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ closedTunnels: ['demo'] });
  });

  it('tells of a port that undo brings back and somebody else has by now', async () => {
    const { port } = await person.setup('demo');
    await person.up('demo');
    await person.run('setup', 'demo', '--port', String(port + 1));
    const stranger = await listenOn(port);
    try {
      const { code, stderr } = await person.run('undo');
      expect(code).toBe(0);
      expect(stderr).toContain(`port ${port} is taken by another program, so demo now has port `);
    } finally {
      stranger.close();
    }
  });

  it('brings the files up to date when a session was created again', async () => {
    const site = await person.setup('demo');
    await person.up('demo');
    await logIn(site);
    await demo.replaceSession('demo', { newKey: true });
    await logIn(site);
    const { stdout } = await person.run('logs');
    expect(stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d agent \S+ started/u);
    expect((await person.run('logs', '--json')).stdout).toMatch(
      /"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z agent \S+ started/u,
    );
    expect(stdout).toMatch(/demo: refreshed key: was SHA256:\S+, is SHA256:/u);
    expect(
      JSON.parse((await person.run('setup', 'demo', '--json', '--no-tunnel')).stdout),
    ).toMatchObject({
      changed: false,
    });
  });

  it('keeps socket, log and folder private', async () => {
    await person.setup('demo');
    await person.up();
    for (const [name, mode] of [
      ['.', 0o700],
      ['agent.sock', 0o600],
      ['agent.log', 0o600],
    ] as const) {
      expect((await stat(join(stateFolder(), name))).mode & 0o777, name).toBe(mode);
    }
    const log = await readFile(join(stateFolder(), 'agent.log'), 'utf8');
    expect(log).toContain('listening on 127.0.0.1:');
    expect(log).not.toContain(demo.secretKey);
  });

  it('does not run twice, and starts again after it was killed', async () => {
    const site = await person.setup('demo');
    const { pid } = await person.up();
    const second = await person.run('agent');
    expect(second.code).toBe(1);
    expect(second.stderr).toBe(
      'bai-win: error: an agent runs already, and one is enough for all tunnels\n' +
        'bai-win: hint: type: bai-win status    to see what it holds\n',
    );
    process.kill(pid, 'SIGKILL');
    await untilGone(pid);
    expect((await person.status()).tunnels).toEqual([]);
    const again = await person.up();
    expect(again.pid).not.toBe(pid);
    expect(again.tunnels[0]?.port).toBe(site.port);
    await logIn(site);
  });

  it('does without the folder that it was started in, but looks for .env from there', async () => {
    const site = await person.setup('demo');
    const folder = join(person.home.path, 'work');
    const inner = join(folder, 'inner');
    await mkdir(inner, { recursive: true });
    const { BACKEND_SECRET_KEY: secret = '', ...env } = person.env;
    await writeFile(join(folder, '.env'), `BACKEND_SECRET_KEY=${secret}\n`, { mode: 0o600 });
    expect((await baiWin(['up'], env, { cwd: inner })).code).toBe(0);
    await rm(inner, { recursive: true });
    await logIn(site);
    await rm(folder, { recursive: true });
    await mkdir(folder);
    expect((await person.run('status')).code).toBe(0);
  });

  it('works in a folder that is gone', async () => {
    const folder = join(person.home.path, 'gone');
    await mkdir(folder);
    const shell = ['-c', 'rmdir "$PWD" && exec "$0" "$@"', process.execPath, PROGRAM, 'sessions'];
    const { stdout } = await promisify(execFile)('sh', shell, { cwd: folder, env: person.env });
    expect(stdout).toContain('demo-dropbear');
  });

  it.runIf(process.platform === 'linux')('shows nobody the password of its proxy', async () => {
    await person.setup('demo');
    const proxied = await person.up('--proxy', 'http://someone:proxy-password@127.0.0.1:9');
    const words = await readFile(`/proc/${String(proxied.pid)}/cmdline`, 'utf8');
    expect(words).toContain('agent');
    expect(words).not.toContain('proxy');
  });

  it('of many that start at once one stays', async () => {
    await person.setup('demo');
    const all = await Promise.all([person.up(), person.up(), person.up()]);
    expect(new Set(all.map(({ pid }) => pid)).size).toBe(1);
  });

  it('moves the clients once when a stranger has the port, and tells', async () => {
    const site = await person.setup('demo');
    const stranger = await listenOn(site.port);
    try {
      const { stderr, code } = await person.run('up');
      expect(code).toBe(0);
      expect(stderr).toContain(`port ${site.port} is taken by another program`);
      expect((await person.run('up')).stderr).toBe('');
      const [tunnel] = (await person.status()).tunnels;
      const port = tunnel?.port ?? 0;
      expect(port).not.toBe(site.port);
      await logIn(site, port);
      const entries = join(person.home.path, '.config', 'filezilla', 'sitemanager.xml');
      expect(await readFile(entries, 'utf8')).toContain(`<Port>${port}</Port>`);
      expect((await person.setup('demo')).port).toBe(port);
    } finally {
      stranger.close();
    }
  });

  it('says what is wrong when a session is gone, and goes on when it is back', async () => {
    await demo.addSession({ name: 'passing' });
    const site = await person.setup('passing');
    await person.up();
    await demo.terminate('passing');
    await expect(logIn(site)).rejects.toThrow();
    const { stdout, stderr } = await person.run('status');
    expect(stdout).toMatch(/passing +127\.0\.0\.1:\d+ +failing/u);
    expect(stderr).toContain('session "passing" is gone: no live session has that name');
    await demo.addSession({ name: 'passing' });
    await logIn(site);
    expect((await person.status()).tunnels[0]).toMatchObject({ state: 'open', failure: null });
  });

  it('waits for people to sign in again, and goes on after that', async () => {
    const site = await person.setup('demo');
    const dotEnv = join(person.home.path, '.env');
    const signIn = (secretKey: string): Promise<void> =>
      writeFile(
        dotEnv,
        Object.entries({ ...demo.env, BACKEND_SECRET_KEY: secretKey })
          .map(([name, value]) => `${name}=${value}\n`)
          .join(''),
      );
    await signIn('expired');
    const { code } = await baiWin(['up'], person.home.env, { cwd: person.home.path });
    expect(code).toBe(0);
    await expect(logIn(site)).rejects.toThrow();
    expect((await person.run('status')).stderr).toContain('401');
    await signIn(demo.secretKey);
    await logIn(site);
    expect((await person.status()).tunnels[0]?.state).toBe('open');
  });

  it('refuses what is not set up', async () => {
    expect(await person.run('up')).toMatchObject({
      code: 1,
      stderr:
        'bai-win: error: no session is set up on this computer, so there is no tunnel to hold open\n' +
        'bai-win: hint: type: bai-win setup <session>    (bai-win sessions lists yours)\n',
    });
    await person.setup('demo');
    const { code, stderr } = await person.run('up', 'nosuch');
    expect(code).toBe(1);
    expect(stderr).toContain('"nosuch" is not set up on this computer; these are: demo');
  });

  it('shares the way with setup and with the foreground form', async () => {
    const site = await person.setup('demo');
    const { pid } = await person.up();
    const foreground = await person.run('tunnel', 'demo');
    expect(foreground.code).toBe(1);
    expect(foreground.stderr).toContain(`process ${pid} holds 127.0.0.1:${site.port}`);
    const { stderr } = await person.run('setup', 'demo', '--no-tunnel');
    expect(stderr).toContain(`held open by process ${pid}`);
  });

  it('takes over what setup makes while it runs: another session, another port', async () => {
    const first = await person.setup('demo');
    const { pid } = await person.up();
    const port = first.port === 23_456 ? 23_457 : 23_456;
    const moved = await person.run('setup', 'demo', '--port', String(port));
    expect(moved.code, moved.stderr).toBe(0);
    const added = await person.run('setup', 'demo-dropbear');
    expect(added.stderr).toContain('the tunnel is held open in the background on 127.0.0.1:');
    expect(added.stderr).not.toContain('while the tunnel is open');
    const now = await person.status();
    expect(now.pid).toBe(pid);
    expect(now.tunnels).toMatchObject([
      { session: 'demo', port, state: 'open' },
      { session: 'demo-dropbear', state: 'open' },
    ]);
    await logIn(first, port);
  });

  it('leaves a tunnel alone that a window holds, says so, and holds it after that', async () => {
    const { port } = await person.setup('demo');
    const tunnel = startBaiWin(['tunnel', 'demo'], person.env, person.home.path);
    await new Promise<void>((resolve) => {
      tunnel.stderr?.on('data', (chunk: Buffer) => {
        if (chunk.includes('is open on')) resolve();
      });
    });
    const told = `the tunnel of demo is open in a window of bai-win, process ${String(tunnel.pid)}; Ctrl-C there closes it\n`;
    const row = new RegExp(`demo +127\\.0\\.0\\.1:${port} +open in a window`, 'u');
    const alone = await person.run('status');
    expect(alone.stdout).toMatch(row);
    expect(alone.stderr).toBe(told);

    const up = await person.run('up');
    expect(up).toMatchObject({ code: 0, stderr: told });
    expect(up.stdout).toMatch(row);
    expect((await person.run('down')).stderr).toBe(`no tunnel was open in the background\n${told}`);

    await person.up();
    expect((await person.run('down', 'demo')).stderr).toBe(
      `no tunnel of demo was open in the background\n${told}`,
    );
    await person.up();
    tunnel.kill('SIGTERM');
    await once(tunnel, 'close');
    while ((await person.status()).tunnels[0]?.state !== 'open') await pause(20);
  });

  it('shows its log, and what is added to it', async () => {
    const setUp = 'type: bai-win setup <session>\n';
    expect((await person.run('logs')).stderr).toBe(
      `nothing has been logged; for tunnels in the background, ${setUp}`,
    );
    expect((await person.run('status')).stderr).toBe(
      `no tunnel is open in the background; ${setUp}`,
    );
    const site = await person.setup('demo');
    await person.up();
    const logs = startBaiWin(['logs', '-f'], person.env, person.home.path);
    let printed = '';
    logs.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk;
    });
    while (!printed.includes('listening on')) await pause(20);
    await logIn(site);
    while (!printed.includes('connection 1 ended')) await pause(20);
    logs.kill('SIGTERM');
    await once(logs, 'close');
  });
});
