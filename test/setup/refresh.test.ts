/**
 * The files that setup wrote stay true while a tunnel is open: containers come and go under one name,
 * and a client that reads key and host key when it connects gets in.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Client } from 'ssh2';
import { afterEach, describe, expect, it } from 'vitest';
import { startBaiWin } from '../cli/support/bai-win.js';
import { fingerprintTree } from '../cli/support/scratch-home.js';
import { useDemoAndHome } from './support/demo-and-home.js';

interface SetupJson {
  site: { port: number; user: string; keyPath: string; ppkPath: string };
  changed: boolean;
}

const requests: string[] = [];
const world = useDemoAndHome({
  only: ['demo'],
  log: (record) => {
    if (record.kind === 'request') requests.push(record.target);
  },
});
let tunnel: ChildProcess | undefined;
let said = '';

afterEach(async () => {
  if (tunnel?.exitCode === null) {
    tunnel.kill('SIGKILL');
    await once(tunnel, 'close');
  }
  tunnel = undefined;
});

async function setup(): Promise<SetupJson> {
  const { code, stdout, stderr } = await world.run('setup', 'demo', '--json', '--no-tunnel');
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as SetupJson;
}

async function openTunnel(): Promise<void> {
  said = '';
  const child = startBaiWin(['tunnel', 'demo'], world.env, world.home.path);
  tunnel = child;
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  while (!said.includes('is open on')) await pause(20);
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Logs in as PuTTY and FileZilla do: host key and key are read at the moment when they are needed. */
async function logIn({ site }: SetupJson): Promise<void> {
  const client = new Client();
  try {
    await new Promise<void>((resolve, reject) => {
      client.on('ready', resolve);
      client.on('error', reject);
      client.on('close', () => {
        reject(new Error('closed'));
      });
      client.connect({
        host: '127.0.0.1',
        port: site.port,
        username: site.user,
        hostVerifier: (shown: Buffer, decide: (isKnown: boolean) => void) => {
          void isPinned(shown).then(decide);
        },
        authHandler: (_methods, _partial, next) => {
          void readFile(site.keyPath).then((key) => {
            next({ type: 'publickey', username: site.user, key });
          });
        },
      });
    });
  } finally {
    client.end();
  }
}

/** Whether PuTTY's cache has this RSA key for the site: `… 0xEXPONENT,0xMODULUS`. */
async function isPinned(blob: Buffer): Promise<boolean> {
  const cache = await readFile(join(world.home.path, '.putty', 'sshhostkeys'), 'utf8');
  const modulus = blob.subarray(-256).toString('hex');
  return cache.includes(`,0x${modulus.replace(/^0+/u, '')}`);
}

describe('a tunnel that is open while the session changes', () => {
  it('lets clients in after the session was created again with another key', async () => {
    const first = await setup();
    await openTunnel();
    await logIn(first);
    const { id } = world.demo.session('demo');
    await world.demo.replaceSession('demo', { newKey: true });
    await logIn(first);
    expect(said).toContain(`refreshed   session: was ${id}, is ${world.demo.session('demo').id}`);
    expect(said).toMatch(/refreshed {3}key: was SHA256:\S+, is SHA256:/u);
    expect(said).toMatch(/refreshed {3}host key: was SHA256:\S+, is SHA256:/u);
    expect((await setup()).changed).toBe(false);
  });

  it('brings key and host key up to date where the session stayed the same', async () => {
    const first = await setup();
    await world.demo.rotateKey('demo');
    await world.demo.rotateHostKey('demo');
    await openTunnel();
    await logIn(first);
    expect(said).not.toContain('session: was');
    expect(said).toContain('refreshed   key: was');
    expect(said).toContain('refreshed   host key: was');
    expect((await setup()).changed).toBe(false);
  });

  it('changes no byte where nothing is new, with several clients at once', async () => {
    const first = await setup();
    await openTunnel();
    const before = await fingerprintTree(world.home.path);
    await Promise.all([logIn(first), logIn(first), logIn(first)]);
    expect(await fingerprintTree(world.home.path)).toEqual(before);
    expect(said).not.toContain('refreshed');
  });

  it('resets clients at once when the session is gone, and says why', async () => {
    const first = await setup();
    await openTunnel();
    await world.demo.terminate('demo');
    await expect(logIn(first)).rejects.toThrow();
    while (!said.includes('warning')) await pause(20);
    expect(said).toContain('session "demo" is gone: no live session has that name');
    await world.demo.addSession({ name: 'demo' });
    await logIn(first);
    expect(said).toContain('refreshed   session: was');
  });

  it('pins a new host key although the key file cannot be had, and looks again for the next client', async () => {
    const first = await setup();
    await openTunnel();
    await world.demo.rotateHostKey('demo');
    world.demo.failRequests('invalid-kernel-status', { target: /download/u });
    await logIn(first);
    expect(said).toContain('refreshed   host key: was');
    world.demo.clearFaults();
    await world.demo.rotateKey('demo');
    await logIn(first);
    expect(said).toContain('refreshed   key: was');
    expect((await setup()).changed).toBe(false);
  });

  it('brings the key up to date although the host key is not shown', async () => {
    const first = await setup();
    await openTunnel();
    await world.demo.rotateKey('demo');
    world.demo.failRequests('no-such-app', { target: /tcpproxy/u, times: 2 });
    await expect(logIn(first)).rejects.toThrow();
    await logIn(first);
    expect(said).toContain('refreshed   key: was');
  });

  it('pins a new host key although the key file never comes, and then lets nobody wait as long', async () => {
    const first = await setup();
    await openTunnel();
    await world.demo.rotateHostKey('demo');
    world.demo.failRequests('stall', { target: /download/u });
    const began = Date.now();
    await logIn(first);
    const between = Date.now();
    expect(said).toContain('refreshed   host key: was');
    await logIn(first);
    expect(Date.now() - between).toBeLessThan(between - began);
  });

  it('spares a manager that refuses one client after the other, and lets them in again', async () => {
    const first = await setup();
    await openTunnel();
    world.demo.failRequests('no-such-app', { target: /tcpproxy/u });
    requests.length = 0;
    for (let count = 0; count < 20; count++) await expect(logIn(first)).rejects.toThrow();
    expect(requests.length).toBeLessThan(20);
    const reasons = (): string[] => said.match(/warning: .*/gu) ?? [];
    while (reasons().length < 20) await pause(20);
    expect(new Set(reasons()).size).toBe(1);
    world.demo.clearFaults();
    while (
      !(await logIn(first).then(
        () => true,
        () => false,
      ))
    )
      await pause(100);
    await logIn(first);
  });

  it('asks no more once it is closed', async () => {
    const { site } = await setup();
    expect((await world.run('up')).code).toBe(0);
    world.demo.failRequests('stall');
    const client = connect(site.port, '127.0.0.1').on('error', () => undefined);
    client.write('SSH-2.0-test\r\n');
    await pause(1_000);
    const down = await world.run('down');
    expect(down.code, down.stderr).toBe(0);
  });
});
