import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { consoles } from '../../src/cli/commands/demo.js';
import { baiWin, startBaiWin } from './support/bai-win.js';

let scratch: string;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'bai-win-test-'));
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

const env = (): NodeJS.ProcessEnv => ({
  ...process.env,
  HOME: scratch,
  TMPDIR: scratch,
  TEMP: scratch,
  TMP: scratch,
});

/** `npm run demo`, as it is built. */
const TOUR = fileURLToPath(new URL('../../dist/src/demo/tour.js', import.meta.url));

describe('the tour', () => {
  // On Windows a console that is closed sends what looks like this signal, which nobody else can send.
  it.skipIf(process.platform === 'win32')(
    'leaves nothing behind when its window is closed',
    async () => {
      const tour = spawn(process.execPath, [TOUR, '--keep'], { env: env(), stdio: 'pipe' });
      await new Promise<void>((resolve, reject) => {
        let said = '';
        tour.stdout.setEncoding('utf8').on('data', (text: string) => {
          said += text;
          if (said.includes('  sftp  ')) resolve();
        });
        tour.once('exit', () => {
          reject(new Error(said));
        });
      });
      expect(await readdir(scratch)).not.toEqual([]);
      tour.kill('SIGHUP');
      await once(tour, 'exit');
      expect(await readdir(scratch)).toEqual([]);
    },
    60_000,
  );
});

describe('demo', () => {
  it('says that a port is taken, and leaves nothing behind', async () => {
    const stranger = createServer().listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const { port } = stranger.address() as AddressInfo;
    const { code, stderr } = await baiWin(['demo', '--port', String(port)], env());
    stranger.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`port ${port} on 127.0.0.1 is taken by another program`);
    expect(await readdir(scratch)).toEqual([]);
  });

  it.each(['demo', 'setup demo', 'tunnel demo'])(
    'checks --port of %s before anything else',
    async (command) => {
      const { code, stderr } = await baiWin([...command.split(' '), '--port', 'abc'], env());
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/error: --port takes a number from \d+ to 65535, not "abc"\n/);
      expect(await readdir(scratch)).toEqual([]);
    },
  );

  it('says what setup will write to, and how to take that back', async () => {
    const child = startBaiWin(['demo'], env());
    let said = '';
    const isReady = new Promise<void>((resolve) => {
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (said.includes('Ctrl-C ends it')) resolve();
      });
    });
    await Promise.race([isReady, once(child, 'close')]);
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
    expect(said).toContain('setup writes to your own FileZilla and PuTTY');
    expect(said).toContain('afterwards: bai-win remove demo');
  });

  it('is a web console with everything around it, where that is wanted', async () => {
    const options = ['--mode', 'session', '--release', '24.03', '--appproxy', '--http-proxy'];
    const child = startBaiWin(['demo', ...options, '--json'], env());
    let printed = '';
    await new Promise<void>((resolve) => {
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
        if (printed.endsWith('}\n')) resolve();
      });
      child.once('close', resolve);
    });
    const {
      env: there,
      login,
      proxy,
    } = JSON.parse(printed) as {
      env: Record<string, string>;
      login: { username: string; password: string };
      proxy: string;
    };
    expect(there['BACKEND_ENDPOINT_TYPE']).toBe('session');
    const args = ['login', there['BACKEND_ENDPOINT'] ?? '', '--proxy', proxy];
    const { code, stderr } = await baiWin(
      [...args, '--user', login.username, '--password-stdin'],
      { ...env(), BAI_WIN_KEYRING: 'off' },
      { input: login.password, cwd: scratch },
    );
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
    expect(stderr).toContain('is a web console of Backend.AI 24.03');
    expect(code).toBe(0);
  });

  it('has the lines for each console of Windows', () => {
    const lines = consoles('win32').map(({ shell, assign }) => [shell, assign('A', 'b')]);
    expect(lines).toEqual([
      ['PowerShell', '$env:A="b"'],
      ['the command prompt (cmd)', 'set A=b'],
    ]);
  });
});
