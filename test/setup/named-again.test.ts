/** What is to be typed next means the account that was meant before. */
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { siteOptions } from '../../src/setup/site-options.js';
import { startBaiWin } from '../cli/support/bai-win.js';
import { testHost } from '../changes/support.js';
import { useDemoAndHome } from './support/demo-and-home.js';
import { testWorkspace } from './support/workspace.js';

// The tests run the program several times, which takes long on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const profile = (section: string, endpoint: string, key: string, secret: string): string =>
  `[${section}]\nendpoint = ${endpoint}\naccess_key = ${key}\nsecret_key = ${secret}\n`;

describe('hints of a command with --profile', () => {
  const world = useDemoAndHome({ only: ['demo', 'demo-upload'] });
  const { runAlone: run } = world;

  beforeEach(async () => {
    const { demo, home } = world;
    const folder = join(home.path, '.config', 'bai-win');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const text = [
      profile('manager', 'http://127.0.0.1:9', 'AKIAHOME', 'secret-of-home'),
      profile('profile keys', demo.managerEndpoint, demo.accessKey, demo.secretKey),
    ];
    await writeFile(join(folder, 'config.ini'), text.join('\n'), { mode: 0o600 });
  });

  const hintOf = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await run(...args, '--profile', 'keys');
    expect(code).toBe(1);
    return /^bai-win: hint: (.*)$/m.exec(stderr)?.[1] ?? stderr;
  };
  const setUp = async (...args: string[]): Promise<void> => {
    const all = ['setup', ...args, '--for', 'putty', '--no-tunnel', '--profile', 'keys'];
    const { code, stderr } = await run(...all);
    expect(code, stderr).toBe(0);
  };

  it('name it where there is no tunnel, or no other way', async () => {
    await setUp('demo-upload');
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
    await setUp('demo');
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
