/** What goes wrong around the agent while clients are connected, and that it comes back from it. */
import { once } from 'node:events';
import {
  cp,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client, SFTPWrapper } from 'ssh2';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import { holdLock } from '../../src/platform/hold-lock.js';
import { askAgent } from '../../src/tunnel/agent/control-client.js';
import { serveControl } from '../../src/tunnel/agent/control-server.js';
import type { AgentStatus } from '../../src/tunnel/agent/protocol.js';
import {
  logIn,
  makePerson,
  openSsh,
  pause,
  untilGone,
  type Person,
  type SetUpSite,
} from '../cli/support/agent.js';
import { baiWin, startBaiWin } from '../cli/support/bai-win.js';
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

const GiB = 1024 ** 3;

function startSftp(client: Client): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    client.sftp((error, sftp) => {
      if (error === undefined) resolve(sftp);
      else reject(error);
    });
  });
}

/**
 * Moves a file of 1 GiB, and waits until part of it has been moved.
 *
 * @returns whether the transfer came to a good end, once its connection is over
 */
async function startTransfer(
  site: SetUpSite,
  direction: 'get' | 'put',
): Promise<{ readonly outcome: Promise<'done' | 'broken'> }> {
  const client = await openSsh(site);
  const sftp = await startSftp(client);
  let ended = false;
  if (direction === 'get') {
    const source = sftp.createReadStream('large');
    source.on('error', () => undefined);
    source.on('end', () => (ended = true));
    await once(source, 'data');
    source.resume();
  } else {
    const target = sftp.createWriteStream('incoming');
    target.on('error', () => undefined);
    const chunk = Buffer.alloc(1024 * 1024);
    let written = 0;
    const write = (): void => {
      target.write(chunk, (error) => {
        if (error) return;
        written += chunk.length;
        if (written < GiB) write();
        else ended = true;
      });
    };
    write();
    while (written === 0) await pause(10);
  }
  const outcome = closed(client).then(() => (ended ? 'done' : 'broken'));
  return { outcome };
}

/** Waits until a connection is over, however that came. */
function closed(client: Client): Promise<void> {
  client.on('error', () => undefined);
  return new Promise((resolve) => client.on('close', resolve));
}

describe('an agent that is killed', () => {
  it('breaks transfers off, never ends them well; up gives the same ports', async () => {
    const sites = [await person.setup('demo'), await person.setup('demo-dropbear')];
    const { pid, tunnels } = await person.up();
    const large = join(demo.homeDirectory('demo'), 'large');
    await writeFile(large, '');
    await truncate(large, GiB);
    const transfers = await Promise.all(
      (['get', 'put'] as const).map((direction) => startTransfer(sites[0] as SetUpSite, direction)),
    );
    process.kill(pid, 'SIGKILL');
    await untilGone(pid);
    for (const { outcome } of transfers) expect(await outcome).toBe('broken');

    const again = await person.up();
    expect(again.pid).not.toBe(pid);
    const ports = ({ tunnels: all }: AgentStatus): number[] => all.map(({ port }) => port);
    expect(ports(again)).toEqual(tunnels.map(({ port }) => port));
    for (const site of sites) await logIn(site);
  });

  it('loses its port to a stranger: up moves the clients, and tells', async () => {
    const site = await person.setup('demo');
    const { pid } = await person.up();
    process.kill(pid, 'SIGKILL');
    await untilGone(pid);
    const stranger = await listenOn(site.port);
    try {
      const { code, stderr } = await person.run('up');
      expect(code).toBe(0);
      expect(stderr).toContain(`port ${site.port} is taken by another program`);
      await logIn(site, (await person.status()).tunnels[0]?.port);
    } finally {
      stranger.close();
    }
  });
});

describe('while the agent runs', () => {
  it('no other program gets its port, and it gets none that another one has', async () => {
    const site = await person.setup('demo');
    const { pid } = await person.up();
    await expect(listenOn(site.port)).rejects.toThrow('EADDRINUSE');
    await logIn(site);

    const stranger = await listenOn(0);
    try {
      const { port } = stranger.address() as { port: number };
      const { code, stderr } = await person.run('setup', 'demo', '--port', String(port));
      expect(code, stderr).toBe(0);
      const now = await person.status();
      expect(now).toMatchObject({ pid, tunnels: [{ session: 'demo', state: 'open' }] });
      expect(now.tunnels[0]?.port).not.toBe(port);
      await logIn(site, now.tunnels[0]?.port);
    } finally {
      stranger.close();
    }
  });

  it('what a setup has written that it waited for stays', async () => {
    await person.setup('demo');
    const { id, port } = await person.setup('demo-dropbear');
    await person.up('demo');
    const state = join(person.home.path, '.local', 'share', 'bai-win', 'state');
    const notes = join(state, 'sites.json');
    // As a setup does it that is at work.
    const endSetup = await holdLock(join(state, `opening-${id}.lock`));
    const up = person.run('up', 'demo-dropbear', '--json');
    await pause(3_000);
    const known = JSON.parse(await readFile(notes, 'utf8')) as {
      sites: Record<string, object>;
    };
    const record = { ...known.sites[id], port: port + 1, nameTemplate: 'my-{session}' };
    const written = JSON.stringify({ ...known, sites: { ...known.sites, [id]: record } });
    await writeFile(notes, written);
    await endSetup();
    const { code, stdout, stderr } = await up;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect((JSON.parse(stdout) as AgentStatus).tunnels).toMatchObject([
      { session: 'demo', state: 'open' },
      { session: 'demo-dropbear', port: port + 1, state: 'open', movedFrom: null },
    ]);
    expect(await readFile(notes, 'utf8')).toBe(written);
  });

  it('the endpoint may go and come back', async () => {
    let passing = await startDemo({ only: ['demo'] });
    const owner = await makePerson(passing.env);
    try {
      const site = await owner.setup('demo');
      await owner.up();
      await logIn(site);
      await passing.close();
      await expect(logIn(site)).rejects.toThrow();
      const { stdout, stderr } = await owner.run('status');
      expect(stdout).toMatch(/demo +127\.0\.0\.1:\d+ +failing/u);
      expect(stderr).toContain('refuses connections');
      const port = Number(new URL(passing.endpoint).port);
      const { accessKey, secretKey } = passing;
      passing = await startDemo({ only: ['demo'], port, accessKey, secretKey });
      await logIn(site);
      expect((await owner.status()).tunnels[0]).toMatchObject({ state: 'open', failure: null });
    } finally {
      await owner.leave();
      await passing.close();
    }
  });

  it('remove takes tunnels from it, and ends it with the last one', async () => {
    const sites = [await person.setup('demo'), await person.setup('demo-dropbear')];
    const { pid } = await person.up();
    const removal = await person.run('remove', 'demo');
    expect(removal.code, removal.stderr).toBe(0);
    expect(removal.stderr).not.toContain(`process ${pid}`);
    expect((await person.status()).tunnels).toMatchObject([{ session: 'demo-dropbear' }]);
    (await listenOn(sites[0]?.port ?? 0)).close();
    await person.run('remove', '--all');
    await untilGone(pid);
  });

  it('a tunnel that could not be opened is tried again', async () => {
    const { id } = await person.setup('demo');
    const note = join(
      ...[person.home.path, '.local', 'share', 'bai-win', 'state'],
      `tunnel-${id}.json`,
    );
    await mkdir(note);
    expect((await person.run('up')).stderr).toContain('error: the tunnel of demo is not open: ');
    expect((await person.status()).tunnels).toMatchObject([{ session: 'demo', state: 'closed' }]);
    await rm(note, { recursive: true });
    while ((await person.status()).tunnels[0]?.state !== 'open') await pause(20);
  });

  it('it lets go of sites that the notes do not know any more, at the next up', async () => {
    await person.setup('demo');
    await person.setup('demo-dropbear');
    const { pid } = await person.up();
    const notes = join(person.home.path, '.local', 'share', 'bai-win', 'state', 'sites.json');
    const known = JSON.parse(await readFile(notes, 'utf8')) as {
      sites: Record<string, { sessionName: string }>;
    };
    const sites = Object.entries(known.sites).filter(([, site]) => site.sessionName !== 'demo');
    await writeFile(notes, JSON.stringify({ ...known, sites: Object.fromEntries(sites) }));
    expect(await person.up()).toMatchObject({ pid, tunnels: [{ session: 'demo-dropbear' }] });
  });
});

describe('down and up at the same moment', () => {
  const socket = (): string =>
    join(person.home.path, '.local', 'share', 'bai-win', 'state', 'agent.sock');

  it('of other sessions leave open what up has reported open', async () => {
    const [{ id: demoId }] = [await person.setup('demo'), await person.setup('demo-dropbear')];
    for (let round = 0; round < 3; round++) {
      await person.up('demo');
      const [down, up] = await Promise.all([
        askAgent(socket(), { op: 'down', sites: [demoId] }),
        person.up('demo-dropbear'),
      ]);
      expect(down?.tunnels.map(({ id }) => id)).not.toContain(demoId);
      expect(up.tunnels).toMatchObject([{ session: 'demo-dropbear', state: 'open' }]);
      const closed = [{ id: demoId, session: 'demo' }];
      expect(await person.status()).toEqual({ ...up, closed });
      await person.run('down');
    }
  });

  it('of all: up has the next agent hold what it asked for', async () => {
    const { id: demoId } = await person.setup('demo');
    const { id } = await person.setup('demo-dropbear');
    const { pid } = await person.up('demo');
    const answers = await Promise.allSettled([
      askAgent(socket(), { op: 'stop' }),
      askAgent(socket(), { op: 'up', sites: [id] }),
    ]);
    expect(answers).toMatchObject([
      { status: 'fulfilled', value: { tunnels: [{ session: 'demo' }] } },
      { status: 'rejected', reason: { code: 'agent-ending' } },
    ]);
    const up = await person.up('demo-dropbear');
    expect(up.pid).not.toBe(pid);
    expect(up.tunnels).toMatchObject([{ session: 'demo-dropbear', state: 'open' }]);
    const closed = [{ id: demoId, session: 'demo' }];
    expect(await person.status()).toEqual({ ...up, closed });
  });
});

describe('an agent that is stopped', () => {
  it('keeps no command for long, and each names its process', async () => {
    await person.setup('demo');
    const { pid } = await person.up();
    process.kill(pid, 'SIGSTOP');
    const outcomes = await Promise.all(
      ['up', 'status', 'down'].map((command) => person.run(command)),
    );
    for (const { code, stderr } of outcomes) {
      expect(code).toBe(1);
      expect(stderr).toBe(
        `bai-win: error: the agent, process ${pid}, holds tunnels but does not answer\n` +
          `bai-win: hint: type: kill -9 ${pid}    and then: bai-win up\n`,
      );
    }
    process.kill(pid, 'SIGKILL');
    await untilGone(pid);
    expect((await person.up()).tunnels).toMatchObject([{ session: 'demo', state: 'open' }]);
  });
});

describe('an agent whose socket is deleted', () => {
  it('stays the only one, and every command names its process', async () => {
    const site = await person.setup('demo');
    const { pid } = await person.up();
    await rm(join(person.home.path, '.local', 'share', 'bai-win', 'state', 'agent.sock'));
    const outcomes = await Promise.all(
      ['up', 'status', 'down', 'agent'].map((command) => person.run(command)),
    );
    for (const { code, stderr } of outcomes) {
      expect(code).toBe(1);
      expect(stderr).toContain(
        `error: the agent, process ${pid}, holds tunnels but cannot be asked`,
      );
      expect(stderr).toContain(`hint: type: kill -9 ${pid}    then: bai-win up`);
    }
    await logIn(site);
    process.kill(pid, 'SIGKILL');
    await untilGone(pid);
    expect((await person.up()).tunnels).toMatchObject([{ port: site.port, state: 'open' }]);
  });
});

describe('a manager that answers nothing', () => {
  afterEach(() => {
    demo.clearFaults();
  });

  /** A client that waits for its first byte, while the manager is asked. */
  async function waitingClient(port: number): Promise<void> {
    const client = connect(port, '127.0.0.1', () => client.write('SSH-2.0-test\r\n'));
    client.on('error', () => undefined);
    while ((await person.status()).tunnels[0]?.connections !== 1) await pause(20);
  }

  it('does not keep the agent from ending', async () => {
    const site = await person.setup('demo');
    const { pid } = await person.up();
    demo.failRequests('stall');
    await waitingClient(site.port);
    const down = await person.run('down');
    expect(down).toMatchObject({ code: 0, stderr: 'all tunnels are closed\n' });
    await untilGone(pid);
  });
});

describe('an agent of an older bai-win', () => {
  const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

  /** The same program under another version number. */
  async function installAs(
    version: string,
  ): Promise<{ folder: string; program: string; remove(): Promise<void> }> {
    const folder = await mkdtemp(join(tmpdir(), 'bai-win-version-'));
    await cp(join(PROJECT, 'dist'), join(folder, 'dist'), { recursive: true });
    await symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
    const text = await readFile(join(PROJECT, 'package.json'), 'utf8');
    const manifest = { ...(JSON.parse(text) as object), version };
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    return {
      folder,
      program: join(folder, 'dist', 'bin', 'bai-win.cjs'),
      remove: () => rm(folder, { recursive: true }),
    };
  }

  it('is replaced by up, which goes on with all that it held', async () => {
    const sites = [await person.setup('demo'), await person.setup('demo-dropbear')];
    const older = await installAs('0.0.9');
    try {
      const options = { cwd: person.home.path, program: older.program };
      const first = await baiWin(['up', '--json'], person.env, options);
      expect(first.code, first.stderr).toBe(0);
      const before = JSON.parse(first.stdout) as AgentStatus;
      expect(before.version).toBe('0.0.9');
      const client = await openSsh(sites[0] as SetUpSite);
      const cut = closed(client);

      const after = await person.up('demo');
      await cut;
      expect(after.version).not.toBe('0.0.9');
      expect(after.pid).not.toBe(before.pid);
      await untilGone(before.pid);
      expect(after.tunnels.map(({ session, port, state }) => [session, port, state])).toEqual([
        ['demo', sites[0]?.port, 'open'],
        ['demo-dropbear', sites[1]?.port, 'open'],
      ]);
      for (const site of sites) await logIn(site);
      // An older program does not take the place of a newer agent.
      const back = await baiWin(['up', '--json'], person.env, options);
      expect((JSON.parse(back.stdout) as AgentStatus).pid).toBe(after.pid);
    } finally {
      await older.remove();
    }
  });

  it('is replaced when its files are, once no client is connected', async () => {
    const sites = [await person.setup('demo'), await person.setup('demo-dropbear')];
    const older = await installAs('0.0.9');
    const newer = await installAs('0.0.9');
    try {
      const options = { cwd: person.home.path, program: older.program };
      const before = JSON.parse(
        (await baiWin(['up', '--json'], person.env, options)).stdout,
      ) as AgentStatus;
      const client = await openSsh(sites[0] as SetUpSite);
      for (const part of ['dist', 'package.json']) {
        await rm(join(older.folder, part), { recursive: true });
        await rename(join(newer.folder, part), join(older.folder, part));
      }
      await pause(6_000);
      expect((await person.status()).pid).toBe(before.pid);
      client.end();
      await untilGone(before.pid);
      while ((await person.status()).tunnels.length === 0) await pause(20);
      expect((await person.status()).tunnels).toMatchObject([
        { session: 'demo', port: sites[0]?.port, state: 'open' },
        { session: 'demo-dropbear', port: sites[1]?.port, state: 'open' },
      ]);
      for (const site of sites) await logIn(site);
    } finally {
      await older.remove();
      await newer.remove();
    }
  });

  it('hands on what it held although it does not end', async () => {
    const sites = [await person.setup('demo'), await person.setup('demo-dropbear')];
    const { tunnels } = await person.up();
    await person.run('down');
    const state = join(person.home.path, '.local', 'share', 'bai-win', 'state');
    // It stops listening, but stays.
    const endLife = await holdLock(join(state, 'agent-life.lock'));
    const older = serveControl(join(state, 'agent.sock'), ({ op }) => {
      if (op === 'stop') void older.then((server) => server.close());
      return Promise.resolve({ version: '0.0.9', pid: process.pid, tunnels });
    });
    await older;
    try {
      expect((await person.up('demo')).tunnels).toMatchObject([
        { session: 'demo', state: 'open' },
        { session: 'demo-dropbear', state: 'open' },
      ]);
      for (const site of sites) await logIn(site);
    } finally {
      await endLife();
    }
  });

  it('hands on what it held although two take its place at once', async () => {
    await person.setup('demo');
    await person.setup('demo-dropbear');
    const { tunnels } = await person.up();
    await person.run('down');
    const state = join(person.home.path, '.local', 'share', 'bai-win', 'state');
    // It has stopped listening, and goes on for a while: its connections end.
    const endLife = await holdLock(join(state, 'agent-life.lock'));
    const stopped = new Promise<void>((resolve, reject) => {
      const older = serveControl(join(state, 'agent.sock'), ({ op }) => {
        if (op === 'stop') older.then((server) => server.close()).then(resolve, reject);
        return Promise.resolve({ version: '0.0.9', pid: process.pid, tunnels });
      });
    });
    const agents = [startBaiWin(['agent'], person.env, person.home.path)];
    await stopped;
    agents.push(startBaiWin(['agent'], person.env, person.home.path));
    await pause(1_000);
    await endLife();
    const codes = Promise.all(
      agents.map(async (agent) => (await once(agent, 'close'))[0] as number),
    );
    await Promise.race(agents.map((agent) => once(agent, 'close')));
    expect((await person.status()).tunnels).toMatchObject([
      { session: 'demo', state: 'open' },
      { session: 'demo-dropbear', state: 'open' },
    ]);
    await person.run('down');
    expect((await codes).sort()).toEqual([0, 1]);
  });
});
