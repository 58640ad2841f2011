/** `bai-win proxy` as SSH clients start it: with the agent and without. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Duplex } from 'node:stream';
import { Client } from 'ssh2';
import { afterEach, describe, expect, it } from 'vitest';
import { startBaiWin } from '../cli/support/bai-win.js';
import { useDemoAndHome } from './support/demo-and-home.js';

const world = useDemoAndHome({ only: ['demo'] });
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

/** Runs a command in the session over a proxy's streams. */
async function ask(proxy: Proxy, privateKey: Buffer | string, command: string): Promise<string> {
  const { stdin, stdout } = proxy.child;
  if (stdin === null || stdout === null) throw new Error('the proxy has no streams');
  const client = new Client();
  client.connect({
    sock: Duplex.from({ readable: stdout, writable: stdin }),
    username: 'work',
    privateKey,
  });
  await once(client, 'ready');
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

  it('brings the files up to date by itself', async () => {
    await setup('demo');
    await world.demo.replaceSession('demo', { newKey: true });
    const proxy = startProxy('demo');
    expect(await ask(proxy, world.demo.session('demo').privateKey, 'whoami')).toBe('work\n');
    expect(await proxy.ended).toBe(0);
    const { stdout } = await run('setup', 'demo', '--json', '--no-tunnel');
    expect(JSON.parse(stdout)).toMatchObject({ changed: false });
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
    const option = await run('proxy', 'demo', '--nosuch');
    expect(option).toMatchObject({ code: 2, stdout: '' });
    expect(option.stderr).toContain(usage);
    const help = await run('proxy', '--help');
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('exit codes: 0 clean end');
  });
});
