/** What is to be typed next means the account that was meant before. */
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { siteOptions } from '../../src/setup/site-options.js';
import type { AgentStatus } from '../../src/tunnel/agent/protocol.js';
import { baiWin, startBaiWin } from '../cli/support/bai-win.js';
import { testHost } from '../changes/support.js';
import { useDemoAndHome, type DemoAndHome } from './support/demo-and-home.js';
import { testWorkspace } from './support/workspace.js';

// The tests run the program several times, which takes long on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const profile = (section: string, endpoint: string, key: string, secret: string): string =>
  `[${section}]\nendpoint = ${endpoint}\naccess_key = ${key}\nsecret_key = ${secret}\n`;

/** Keeps a default profile that leads nowhere, and `keys`, which leads to the demo. */
async function keepProfiles({ demo, home }: Pick<DemoAndHome, 'demo' | 'home'>): Promise<void> {
  const folder = join(home.path, '.config', 'bai-win');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const text = [
    profile('manager', 'http://127.0.0.1:9', 'AKIAHOME', 'secret-of-home'),
    profile('profile keys', demo.managerEndpoint, demo.accessKey, demo.secretKey),
  ];
  await writeFile(join(folder, 'config.ini'), text.join('\n'), { mode: 0o600 });
}

async function setUpFor(run: DemoAndHome['runAlone'], session: string): Promise<void> {
  const { code, stderr } = await run(
    ...['setup', session, '--for', 'putty', '--no-tunnel', '--profile', 'keys'],
  );
  expect(code, stderr).toBe(0);
}

/** A client that the tunnel lets go again. */
async function comeAndGo(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('close', resolve));
}

describe('hints of a command with --profile', () => {
  const world = useDemoAndHome({ only: ['demo', 'demo-upload'] });
  const { runAlone: run } = world;

  beforeEach(() => keepProfiles(world));

  const hintOf = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await run(...args, '--profile', 'keys');
    expect(code).toBe(1);
    return /^bai-win: hint: (.*)$/m.exec(stderr)?.[1] ?? stderr;
  };
  it('name it where there is no tunnel, or no other way', async () => {
    await setUpFor(run, 'demo-upload');
    const around = 'type: bai-win setup demo-upload --via tunnel --profile keys';
    for (const command of ['tunnel', 'up']) {
      expect(await hintOf(command, 'demo-upload')).toContain(around);
    }
    expect(await hintOf('up')).toContain('type: bai-win open <session> --profile keys');
    expect(await hintOf('setup', 'demo-upload', '--for', 'putty', '--port', '23456')).toContain(
      'bai-win setup demo-upload --via tunnel --port 23456 --profile keys',
    );
    expect(await hintOf('setup', 'demo', '--for', 'putty', '--via', 'direct')).toBe(
      'to go through a tunnel instead, type: bai-win setup demo --via tunnel --profile keys',
    );
    expect(await hintOf('open', 'demo-upload', '--in', 'filezilla')).toBe(
      'type: bai-win setup demo-upload --for filezilla --profile keys',
    );
  });

  it('name it where a tunnel is open already, of the agent too, which nobody told', async () => {
    await setUpFor(run, 'demo');
    const { home } = world;
    const tunnel = startBaiWin(['tunnel', 'demo', '--json', '--profile', 'keys'], home.env);
    try {
      await once(tunnel.stdout as NodeJS.ReadableStream, 'data');
      expect(await hintOf('tunnel', 'demo')).toContain('press Ctrl-C in the window where');
      const inWindow = `open in a window of bai-win, process ${tunnel.pid ?? 0}; Ctrl-C there closes it`;
      expect((await run('up')).stderr).toBe(`the tunnel of demo is ${inWindow}\n`);
      await run('down');
    } finally {
      tunnel.kill('SIGINT');
      await once(tunnel, 'close');
    }
    expect((await run('up')).code).toBe(0);
    expect(await hintOf('tunnel', 'demo')).toContain('type: bai-win down demo --profile keys');
    await run('down');
  });
});

describe('hints of failures whose writers know nobody', () => {
  const world = useDemoAndHome({ only: ['demo'] });
  const { runAlone: run } = world;
  const next =
    'see which sessions run: bai-win sessions --profile keys, then bai-win setup <session> --profile keys';

  beforeEach(async () => {
    await keepProfiles(world);
    await setUpFor(run, 'demo');
    world.demo.failRequests('no-such-session', { target: /tcpproxy/ });
  });

  it('name the profile that was typed', async () => {
    const { stderr } = await run('setup', 'demo', '--no-tunnel', '--profile', 'keys');
    expect(stderr).toContain(`bai-win: hint: ${next}\n`);
    for (const words of [['setup', 'no-such'], ['setup']]) {
      const { stderr: missing } = await run(...words, '--profile', 'keys');
      expect(missing).toContain('bai-win sessions --profile keys lists them');
    }
    const { stderr: unnamed } = await run('remove', '--profile', 'keys');
    expect(unnamed).toContain(
      'bai-win show --profile keys; then type: bai-win remove <session> --profile keys',
    );
    const { stderr: twice } = await run('setup', '--profile', 'keys', '--profile', 'other');
    expect(twice).toContain('hint: bai-win sessions lists them');
  });

  it('name it in a window that holds the tunnel', async () => {
    const tunnel = startBaiWin(['tunnel', 'demo', '--json', '--profile', 'keys'], world.home.env);
    let said = '';
    tunnel.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    try {
      const [opened] = (await once(tunnel.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
      await comeAndGo((JSON.parse(opened.toString()) as { port: number }).port);
      await vi.waitFor(() => {
        expect(said).toContain(`(${next})\n`);
      });
    } finally {
      tunnel.kill('SIGINT');
      await once(tunnel, 'close');
    }
  });

  it('name the one whose site it is where nobody typed any', async () => {
    const { home } = world;
    const alone = await baiWin(['proxy', 'demo'], home.env, { input: 'SSH-2.0-client\r\n' });
    expect(alone).toMatchObject({ code: 1, stderr: expect.stringContaining(next) as string });
    try {
      const { stdout } = await run('up', '--json');
      await comeAndGo((JSON.parse(stdout) as AgentStatus).tunnels[0]?.port ?? 0);
      expect((await run('status')).stderr).toContain(`(${next})`);
      expect((await run('logs')).stdout).toContain(`(${next})`);
      const through = await baiWin(['proxy', 'demo'], home.env, { input: 'SSH-2.0-client\r\n' });
      expect(through).toMatchObject({ code: 1, stderr: expect.stringContaining(next) as string });
    } finally {
      await run('down');
    }
  });
});

describe('options of a site', () => {
  const site = { endpoint: 'https://a.example.com', accessKey: 'AKIA' };
  const text = (section: string): string =>
    profile(section, 'https://A.example.com/', 'AKIA', 'not-a-real-secret');
  const other = profile('manager', 'https://b.example.com', 'AKIB', 'not-a-real-secret');
  const env = {
    BACKEND_ENDPOINT: 'https://a.example.com/',
    BACKEND_ACCESS_KEY: 'AKIA',
    BACKEND_SECRET_KEY: 'not-a-real-secret',
  };
  const elsewhere = { ...env, BACKEND_ACCESS_KEY: 'AKIC' };

  it.each([
    ['none where its owner is signed in by default', text('manager'), {}, ''],
    ['none where the environment says so', other, env, ''],
    ['a profile that is not the default one', other + text('profile lab'), {}, ' --profile lab'],
    ['the default one where others come first', text('manager'), elsewhere, ' --profile default'],
    [
      'who it is where nothing is kept',
      '',
      {},
      ' --endpoint https://a.example.com --access-key AKIA',
    ],
    [
      'a profile whose secret lies in the keyring',
      text('profile lab').replace(/secret_key.*/, 'secret_in = keyring'),
      {},
      ' --profile lab',
    ],
  ])('are %s', async (_, config, variables, options) => {
    const workspace = testWorkspace(await testHost());
    await writeFile(workspace.configFile, config);
    const machine = { ...workspace.machine, env: variables };
    const notice = (line: string): void => {
      throw new Error(line);
    };
    expect(await siteOptions({ ...workspace, machine, notice }, site)).toBe(options);
  });
});
