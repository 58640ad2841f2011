/** `bai-win proxy` as SSH clients start it: with the agent and without. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { Duplex } from 'node:stream';
import { Client } from 'ssh2';
import { afterEach, describe, expect, it } from 'vitest';
import { serveControl } from '../../src/tunnel/agent/control-server.js';
import type { Ending } from '../../src/tunnel/endings.js';
import { PROGRAM, startBaiWin } from '../cli/support/bai-win.js';
import { useDemoAndHome } from './support/demo-and-home.js';

let upgrades = 0;
const world = useDemoAndHome({
  only: ['demo'],
  log: (record) => {
    if (record.kind === 'request' && record.target.includes('tcpproxy')) upgrades += 1;
  },
});
const { run } = world;

afterEach(async () => {
  await run('down');
});

async function setup(session: string): Promise<string> {
  const { code, stdout, stderr } = await run('setup', session, '--json', '--no-tunnel');
  expect(code, stderr).toBe(0);
  return (JSON.parse(stdout) as { site: { keyPath: string } }).site.keyPath;
}

interface Proxy {
  readonly child: ChildProcess;
  said(): string;
  /** Exit code. */
  readonly ended: Promise<number | null>;
}

function startProxy(...args: string[]): Proxy {
  const child = startBaiWin(['proxy', ...args], world.env, world.home.path);
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, said: () => said, ended };
}

const socketOfAgent = (): string =>
  join(world.home.path, '.local', 'share', 'bai-win', 'state', 'agent.sock');

const siteId = async (): Promise<string> =>
  (JSON.parse((await run('show', 'demo', '--json')).stdout) as { id: string }).id;

/** Logs in over a proxy's streams. */
async function logIn(proxy: Proxy, privateKey: Buffer | string): Promise<Client> {
  const { stdin, stdout } = proxy.child;
  if (stdin === null || stdout === null) throw new Error('the proxy has no streams');
  const client = new Client();
  client.connect({
    sock: Duplex.from({ readable: stdout, writable: stdin }),
    username: 'work',
    privateKey,
  });
  await once(client, 'ready');
  return client;
}

/** Runs a command in the session over a proxy's streams. */
async function ask(proxy: Proxy, privateKey: Buffer | string, command: string): Promise<string> {
  const client = await logIn(proxy, privateKey);
  const answer = await new Promise<string>((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error !== undefined) {
        reject(error);
        return;
      }
      let text = '';
      channel.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      channel.on('close', () => {
        resolve(text);
      });
    });
  });
  client.end();
  return answer;
}

describe('bai-win proxy', () => {
  it('reaches a session by itself, set up or not', async () => {
    const proxy = startProxy('demo');
    expect(await ask(proxy, world.demo.session('demo').privateKey, 'whoami')).toBe('work\n');
    expect(await proxy.ended).toBe(0);
    expect(proxy.said()).toBe('');

    const keyPath = await setup('demo');
    const second = startProxy('demo');
    expect(await ask(second, await readFile(keyPath), 'whoami')).toBe('work\n');
    expect(await second.ended).toBe(0);
    expect(second.said()).toBe('');
  });

  it('goes through the agent when that holds the session', async () => {
    const keyPath = await setup('demo');
    await run('up');
    const proxy = startProxy('demo', '--verbose');
    expect(await ask(proxy, await readFile(keyPath), 'whoami')).toBe('work\n');
    expect(await proxy.ended).toBe(0);
    expect(proxy.said()).toMatch(/^bai-win: through the agent, process \d+, on port \d+\n$/u);
    expect((await run('logs')).stdout).toContain('connection 1 from a client');
  });

  it('dials by itself while a window holds the session, though the agent knows of it', async () => {
    const keyPath = await setup('demo');
    const window = startBaiWin(['tunnel', 'demo'], world.env, world.home.path);
    await new Promise<void>((resolve) => {
      window.stderr?.on('data', (chunk: Buffer) => {
        if (chunk.includes('is open on')) resolve();
      });
    });
    try {
      expect((await run('up')).stdout).toContain('open in a window');
      const proxy = startProxy('demo', '--verbose');
      expect(await ask(proxy, await readFile(keyPath), 'whoami')).toBe('work\n');
      expect(await proxy.ended, proxy.said()).toBe(0);
      expect(proxy.said()).not.toContain('through the agent');
    } finally {
      window.kill('SIGTERM');
      await once(window, 'close');
    }
  });

  it('ends in silence through the agent when its input breaks off', async () => {
    await setup('demo');
    await run('up');
    const listener = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const client = connect((listener.address() as AddressInfo).port, '127.0.0.1');
    const [input] = (await once(listener, 'connection')) as [Socket];
    client.write('SSH-2.0-test\r\n');
    const proxy = spawn(process.execPath, [PROGRAM, 'proxy', 'demo'], {
      env: world.env,
      cwd: world.home.path,
      stdio: [input, 'pipe', 'pipe'],
    });
    try {
      let said = '';
      proxy.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      const ended = once(proxy, 'close');
      // What it has said has come to the session.
      await once(proxy.stdout, 'data');
      client.resetAndDestroy();
      expect(await ended, said).toEqual([0, null]);
      expect(said).toBe('');
    } finally {
      proxy.kill('SIGKILL');
      input.destroy();
      listener.close();
    }
  });

  it.each(['its tunnel is cut', 'the agent is killed'])(
    'fails through the agent when %s',
    async (what) => {
      const keyPath = await setup('demo');
      const { stdout } = await run('up', '--json');
      const { pid } = JSON.parse(stdout) as { pid: number };
      const proxies = [startProxy('demo'), startProxy('demo'), startProxy('demo')];
      const clients = await Promise.all(
        proxies.map(async (proxy) => logIn(proxy, await readFile(keyPath))),
      );
      for (const client of clients) client.on('error', () => undefined);
      if (what === 'the agent is killed') process.kill(pid, 'SIGKILL');
      else world.demo.dropTunnels();
      for (const proxy of proxies) {
        expect(await proxy.ended).toBe(1);
        expect(proxy.said()).toMatch(
          what === 'the agent is killed'
            ? /^bai-win: error: .* broke off: /
            : /^bai-win: error: the tunnel broke off/u,
        );
      }
    },
  );

  it.each([
    ['cut', 1],
    [999, 1],
    [1_000, 0],
  ])('believes the agent, not its socket, how a connection ended: %s', async (ending, code) => {
    await setup('demo');
    const id = await siteId();
    const tunnel = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write(Buffer.alloc(1_000), () => socket.resetAndDestroy());
      });
    });
    tunnel.listen(0, '127.0.0.1');
    await once(tunnel, 'listening');
    const { port } = tunnel.address() as AddressInfo;
    const held = {
      id,
      session: 'demo',
      port,
      connections: 1,
      movedFrom: null,
      heldBy: null,
      failure: null,
    };
    const tunnels = [{ ...held, state: 'open' as const }];
    const agent = await serveControl(socketOfAgent(), ({ client }) => {
      const status = { version: '0.1.0', pid: process.pid, tunnels };
      return Promise.resolve(
        client === undefined ? status : { ...status, ending: ending as Ending },
      );
    });
    try {
      const proxy = startProxy('demo');
      proxy.child.stdin?.write('SSH-2.0-test\r\n');
      proxy.child.stdout?.resume();
      // Now and then the reset is seen as one.
      const outcome = await proxy.ended;
      if (!proxy.said().includes('ECONNRESET')) expect(outcome, proxy.said()).toBe(code);
    } finally {
      await agent.close();
      tunnel.close();
    }
  });

  it.each(['is stuck', 'is of another protocol'])('does without an agent that %s', async (how) => {
    const keyPath = await setup('demo');
    const { pid } = JSON.parse((await run('up', '--json')).stdout) as { pid: number };
    let other: Server | undefined;
    if (how === 'is stuck') process.kill(pid, 'SIGSTOP');
    else {
      await run('down');
      const error = { code: 'agent-protocol-differs', message: 'another version', hint: 'up' };
      other = createServer((socket) => socket.end(`${JSON.stringify({ protocol: 2, error })}\n`));
      other.listen(socketOfAgent());
      await once(other, 'listening');
    }
    try {
      const proxy = startProxy('demo');
      expect(await ask(proxy, await readFile(keyPath), 'whoami')).toBe('work\n');
      expect(await proxy.ended).toBe(0);
      expect(proxy.said()).toBe('');
    } finally {
      if (other === undefined) process.kill(pid, 'SIGKILL');
      else {
        other.close();
        await rm(socketOfAgent(), { force: true });
      }
    }
  });

  it('brings the files up to date by itself', async () => {
    await setup('demo');
    await world.demo.replaceSession('demo', { newKey: true });
    const proxy = startProxy('demo');
    expect(await ask(proxy, world.demo.session('demo').privateKey, 'whoami')).toBe('work\n');
    expect(await proxy.ended).toBe(0);
    const { stdout } = await run('setup', 'demo', '--json', '--no-tunnel');
    expect(JSON.parse(stdout)).toMatchObject({ changed: false });
  });

  it('has one of many that start at once look at the session, and the next ones rely on that', async () => {
    const keyPath = await setup('demo');
    const key = await readFile(keyPath);
    upgrades = 0;
    const proxies = Array.from({ length: 4 }, () => startProxy('demo'));
    await Promise.all(proxies.map((proxy) => ask(proxy, key, 'whoami')));
    for (const proxy of proxies) expect(await proxy.ended, proxy.said()).toBe(0);
    // Each one's own connection, and one that the host key was learnt by.
    expect(upgrades).toBeLessThan(8);
    upgrades = 0;
    expect(await ask(startProxy('demo'), key, 'whoami')).toBe('work\n');
    expect(upgrades).toBe(1);
    // What happens within those seconds shows when the connection fails.
    await world.demo.replaceSession('demo', { newKey: true });
    const { privateKey } = world.demo.session('demo');
    expect(await ask(startProxy('demo'), privateKey, 'whoami')).toBe('work\n');
    expect(await readFile(keyPath)).not.toEqual(key);
  });

  it('leaves nothing of its looks once the session is removed', async () => {
    const key = await readFile(await setup('demo'));
    const proxy = startProxy('demo');
    await ask(proxy, key, 'whoami');
    await proxy.ended;
    const id = await siteId();
    const state = dirname(socketOfAgent());
    // A proxy that is killed leaves the second one.
    await writeFile(join(state, `checking-${id}`), '');
    const ofLooks = async (): Promise<string[]> =>
      (await readdir(state)).filter((name) => name.startsWith('check')).sort();
    expect(await ofLooks()).toEqual([`checked-${id}`, `checking-${id}`]);
    expect((await run('remove', 'demo')).code).toBe(0);
    expect(await ofLooks()).toEqual([]);
  });

  it.each(['alone', 'through the agent'])('says why it failed, %s', async (way) => {
    await world.demo.addSession({ name: 'passing' });
    await setup('passing');
    if (way !== 'alone') await run('up');
    await world.demo.terminate('passing');
    const proxy = startProxy('passing');
    proxy.child.stdin?.write('SSH-2.0-test\r\n');
    expect(await proxy.ended).toBe(1);
    expect(proxy.said()).toBe(
      'bai-win: error: session "passing" is gone: no live session has that name\n' +
        'bai-win: hint: start a session of the same name in the web console, then connect again\n',
    );
  });

  it('ends at once for a session that nobody has, and for a command line that it does not know', async () => {
    const unknown = await run('proxy', 'nosuch');
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toContain('nosuch');
    const usage = 'bai-win: hint: see: bai-win proxy --help\n';
    expect(await run('proxy')).toEqual({
      code: 2,
      stdout: '',
      stderr: `bai-win: error: proxy takes one session, not 0\n${usage}`,
    });
    const help = await run('proxy', '--help');
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('exit codes: 0 clean end');
    expect(help.stdout).not.toMatch(/json|hidden/u);
  });

  it.each([
    ['--nosuch', 'bai-win proxy has no option --nosuch'],
    ['--json', 'bai-win proxy has no option --json'],
    ['-x', 'bai-win proxy has no option -x'],
    ['--no-insecure', 'bai-win proxy has no option --no-insecure'],
    ['--insecure=yes', '--insecure takes no value'],
    ['--endpoint', '--endpoint needs a value after it'],
    ['--endpoint=', '--endpoint needs a value after it'],
  ])('says in one line what is wrong with %s, as other commands do', async (word, found) => {
    for (const words of [[word], [word, '--verbose']]) {
      expect(await run('proxy', 'demo', ...words)).toEqual({
        code: 2,
        stdout: '',
        stderr: `bai-win: error: ${found}\nbai-win: hint: see: bai-win proxy --help\n`,
      });
    }
    const before = await run('--json', 'proxy', 'demo');
    expect(JSON.parse(before.stdout)).toMatchObject({ error: { code: 'json-not-here' } });
  });
});
