import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSsh, type SetUpSite } from '../cli/support/agent.js';
import { baiWin, startBaiWin } from '../cli/support/bai-win.js';
import { fingerprintTree, leftovers } from '../cli/support/scratch-home.js';
import { useDemoAndHome } from './support/demo-and-home.js';

interface SetupJson {
  site: SetUpSite & { host: string };
  via: string;
  changed: boolean;
  stale: { what: string }[];
}

const world = useDemoAndHome({ only: ['demo', 'demo-upload'] });

const { run } = world;

async function setup(...args: string[]): Promise<SetupJson> {
  const all = ['setup', ...args, '--for', 'filezilla,putty,openssh', '--json'];
  const { code, stdout, stderr } = await run(...all);
  expect(stderr).not.toContain('error');
  expect(code).toBe(0);
  return JSON.parse(stdout) as SetupJson;
}

const uploadPort = (): number => world.demo.sshPort('demo-upload');

describe('a SYSTEM session', () => {
  it('is marked in the list of sessions', async () => {
    const { stdout, stderr } = await run('sessions');
    expect(stdout).toMatch(/demo-upload .* system /);
    expect(stderr).toContain('SYSTEM sessions, for SFTP uploads, need no tunnel');
  });

  it('is set up to be reached without a tunnel, with the host key that the manager vouches for', async () => {
    const { code, stderr } = await run('setup', 'demo-upload', '--for', 'filezilla,putty');
    expect(code).toBe(0);
    expect(stderr).toContain(`direct      127.0.0.1:${uploadPort()}, clients need no tunnel`);
    expect(stderr).toContain(`work@127.0.0.1:${uploadPort()} works`);
    expect(stderr).toContain('they need no tunnel');
    expect(stderr).not.toContain('warning: the host key');
    const entry = await readFile(
      join(world.home.path, '.config/filezilla/sitemanager.xml'),
      'utf8',
    );
    expect(entry).toContain(`<Port>${uploadPort()}</Port>`);
    const again = await setup('demo-upload');
    expect(again).toMatchObject({ via: 'direct', stale: [] });
    expect((await setup('demo-upload')).changed).toBe(false);
  });

  it('needs neither up nor tunnel, and each command says so', async () => {
    await setup('demo-upload');
    const { stdout } = await run('show', 'demo-upload');
    expect(stdout).toMatch(/^tunnel +not needed: the session is reached directly$/m);
    expect((await run('show')).stdout).toMatch(/demo-upload .* none /);
    expect((await run('status')).stderr).toContain(
      `demo-upload needs no tunnel: it is reached directly at 127.0.0.1:${uploadPort()}\n`,
    );
    expect((await run('up', 'demo-upload')).stderr).toContain('error: demo-upload needs no tunnel');
    expect((await run('up')).stderr).toContain(
      'all that is set up on this computer needs no tunnel',
    );
    expect((await run('tunnel', 'demo-upload')).stderr).toContain(
      `there is no tunnel to open: demo-upload is reached directly at 127.0.0.1:${uploadPort()}\n`,
    );
  });

  it('is set up again at its new place, and taken out without a trace', async () => {
    const before = await leftovers(world.home.path);
    expect(before).toEqual([]);
    await setup('demo-upload');
    await world.demo.replaceSession('demo-upload');
    const { stale, site } = await setup('demo-upload');
    expect(stale.map(({ what }) => what)).toEqual(['session', 'host key', 'port']);
    expect(site.port).toBe(uploadPort());
    expect((await run('remove', 'demo-upload')).code).toBe(0);
    expect(await leftovers(world.home.path)).toEqual(before);
  });

  it('goes through a tunnel where the person wants it, and stays so', async () => {
    await setup('demo-upload');
    const tunnelled = await setup('demo-upload', '--via', 'tunnel');
    expect(tunnelled.via).toBe('tunnel');
    expect(tunnelled.site.port).not.toBe(uploadPort());
    expect((await setup('demo-upload')).via).toBe('tunnel');
    expect((await setup('demo-upload', '--via', 'direct')).site.port).toBe(uploadPort());
  });

  it('has its local port for life, also after a time without a tunnel', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const first = await setup('demo-upload', '--via', 'tunnel', '--port', String(port));
    expect(first.site.port).toBe(port);
    const direct = await setup('demo-upload', '--via', 'direct');
    expect(direct.site.port).toBe(uploadPort());
    expect(direct.stale.map(({ what }) => what)).toEqual(['port']);
    await world.demo.replaceSession('demo-upload');
    expect((await setup('demo-upload')).site.port).toBe(uploadPort());
    expect((await setup('demo-upload', '--via', 'tunnel')).site.port).toBe(port);
  });

  it('leaves no tunnel open that it does not need any more, but to who uses it', async () => {
    const leave = async (): Promise<string> => {
      const args = ['setup', 'demo-upload', '--via', 'direct', '--for', 'putty'];
      const { code, stderr } = await run(...args);
      expect(code, stderr).toBe(0);
      return stderr;
    };
    const isHeld = async (): Promise<boolean> => (await run('status')).stdout.includes('open');

    const { site } = await setup('demo-upload', '--via', 'tunnel');
    try {
      expect((await run('up', 'demo-upload')).code).toBe(0);
      expect(await run('setup', 'demo-upload', '--via', 'direct', '--dry-run')).toMatchObject({
        code: 0,
      });
      expect(await isHeld()).toBe(true);
      expect(await leave()).toContain(
        'the tunnel that was open for them in the background is closed',
      );
      expect(await isHeld()).toBe(false);

      await setup('demo-upload', '--via', 'tunnel');
      await run('up', 'demo-upload');
      const client = await openSsh(site);
      try {
        expect(await leave()).toMatch(
          /stays open .+, since it is in use; .+ bai-win down demo-upload$/m,
        );
        expect(await isHeld()).toBe(true);
      } finally {
        client.end();
      }
      expect((await run('down', 'demo-upload')).stderr).toContain('closed      demo-upload');
    } finally {
      await run('down');
    }

    await setup('demo-upload', '--via', 'tunnel');
    const tunnel = startBaiWin(['tunnel', 'demo-upload', '--json'], world.env, world.home.path);
    try {
      await once(tunnel.stdout as NodeJS.ReadableStream, 'data');
      expect(await leave()).toContain(
        `the tunnel of demo-upload is still open: process ${tunnel.pid ?? 0} holds 127.0.0.1:${site.port}; Ctrl-C in its window closes it\n`,
      );
    } finally {
      tunnel.kill('SIGINT');
      await once(tunnel, 'close');
    }
  }, 120_000);

  it('is known from notes in the layout of the program before', async () => {
    await setup('demo-upload');
    const path = join(world.home.path, '.local/share/bai-win/state/sites.json');
    const notes = JSON.parse(await readFile(path, 'utf8')) as {
      sites: Record<string, { port?: number; direct: { via: string; host: string } }>;
    };
    for (const site of Object.values(notes.sites)) {
      site.direct = { via: 'direct', host: '127.0.0.1' };
      site.port = uploadPort();
    }
    await writeFile(path, JSON.stringify({ ...notes, version: 1 }));
    const { stdout } = await run('show', 'demo-upload', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ via: 'direct', port: uploadPort() });
    expect(await setup('demo-upload')).toMatchObject({ via: 'direct', stale: [] });
    const { site } = await setup('demo-upload', '--via', 'tunnel');
    expect(site.port).not.toBe(uploadPort());
  });

  it('is told from one that the manager does not vouch for', async () => {
    world.demo.failRequests('internal-error', { target: /tcpproxy/ });
    const { code, stderr } = await run('setup', 'demo-upload', '--for', 'putty');
    expect(stderr).toMatch(/warning: the host key at 127\.0\.0\.1:\d+ is taken as it is shown/);
    expect(code).toBe(0);
  });

  it('that shows another host key than through the manager is not set up', async () => {
    world.demo.pointAt('demo-upload', { host: '127.0.0.1', port: world.demo.sshPort('demo') });
    try {
      const { code, stderr } = await run('setup', 'demo-upload', '--for', 'putty');
      expect(stderr).toContain('is not session "demo-upload": it shows another host key');
      expect(stderr).toContain('--via tunnel');
      expect(code).toBe(1);
      expect(await fingerprintTree(world.home.path)).toEqual({});
    } finally {
      world.demo.pointAt('demo-upload', null);
    }
  });

  it('has no use for --port', async () => {
    const { stderr } = await run('setup', 'demo-upload', '--for', 'putty', '--port', '23456');
    expect(stderr).toContain('which --port 23456 cannot change');
  });
});

// The stand-in for a client is a shell script that comes first on PATH.
it.skipIf(process.platform === 'win32')(
  'open brings a site without a tunnel up to date, and starts the client',
  async () => {
    await setup('demo-upload');
    await world.demo.replaceSession('demo-upload');
    const bin = join(world.home.path, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'putty'), '#!/bin/sh\n', { mode: 0o755 });
    const env = { ...world.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
    const args = ['open', 'demo-upload', '--in', 'putty'];
    const { code, stderr } = await baiWin(args, env, { cwd: world.home.path });
    expect(stderr).toMatch(/^refreshed {3}port: was \d+, is \d+$/m);
    expect(stderr).toContain('opened      PuTTY');
    expect(code).toBe(0);
    const session = await readFile(
      join(world.home.path, '.putty/sessions/bai-demo-upload'),
      'utf8',
    );
    expect(session).toContain(`PortNumber=${uploadPort()}`);
    expect((await setup('demo-upload')).changed).toBe(false);
  },
);

describe('any other session', () => {
  it('has no address of its own', async () => {
    const { code, stderr } = await run('setup', 'demo', '--via', 'direct', '--for', 'putty');
    expect(code).toBe(1);
    expect(stderr).toContain('only SYSTEM sessions, for SFTP uploads, have one');
  });
});
