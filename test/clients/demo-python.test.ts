import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemo, type Demo, type ReleaseName } from '../../src/demo/index.js';

/**
 * Somebody else's client as judge: the real backend.ai-client from PyPI, of the newest release that
 * Python 3.11 runs. What it rejects is a fault of the demo. It is installed into a temporary folder,
 * or taken from the virtual environment that BACKENDAI_CLIENT_VENV names.
 */

const run = promisify(execFile);
const minutes = 60_000;
const given = process.env['BACKENDAI_CLIENT_VENV'];
let folder: string;
let venv: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bai-win-test-'));
  venv = given ?? join(folder, 'venv');
  if (given !== undefined) return;
  await run('python3', ['-m', 'venv', venv]);
  await run(python(), ['-m', 'pip', 'install', '--quiet', 'backend.ai-client==23.3.*']);
}, 15 * minutes);
afterAll(() => rm(folder, { recursive: true, force: true }));

const python = (): string => join(venv, 'bin', 'python');
const client = (): string => join(venv, 'bin', 'backend.ai');

/** Answers the client's questions as a person at a terminal would. */
const loginScript = `
import builtins, getpass, os, sys
answers = iter(['user@example.com', os.environ['DEMO_OTP']])
builtins.input = lambda *prompt: next(answers)
getpass.getpass = lambda *prompt: os.environ['DEMO_PASSWORD']
from ai.backend.cli.__main__ import main
sys.argv = ['backend.ai', 'login']
main()
`;

const cases: [mode: 'api' | 'session', release: ReleaseName][] = [
  ['api', '22.09'],
  ['api', '26.8'],
  ['session', '22.09'],
  ['session', '26.8'],
];

describe.each(cases)('in %s mode, with %s', (mode, release) => {
  let demo: Demo;
  let home: string;
  let env: NodeJS.ProcessEnv;
  const cli = async (...args: string[]): Promise<string> => {
    const options = { cwd: home, env, timeout: 60_000 };
    const { stdout, stderr } = await run(client(), args, options);
    return stdout + stderr;
  };
  beforeAll(async () => {
    demo = await startDemo({ mode, release });
    demo.login.otpMode = 'required-legacy';
    home = join(folder, `${mode}-${release}`);
    await mkdir(home);
    env = {
      PATH: process.env['PATH'],
      HOME: home,
      XDG_STATE_HOME: join(home, 'state'),
      DEMO_PASSWORD: demo.login.password,
      DEMO_OTP: demo.login.otp,
      ...demo.env,
      // The client's cookie jar takes no cookies from hosts without a name.
      BACKEND_ENDPOINT: demo.endpoint.replace('127.0.0.1', 'localhost'),
    };
  });
  afterAll(() => demo.close());

  it.runIf(mode === 'session')('logs in with a password and a code', async () => {
    const options = { cwd: home, env, timeout: 60_000 };
    const { stdout, stderr } = await run(python(), ['-c', loginScript], options);
    expect(stdout + stderr).toContain('Login succeeded.');
  });

  it('lists the sessions', async () => {
    const output = await cli('ps');
    for (const name of ['demo', 'demo-dropbear', 'demo-own-key', 'demo-pending']) {
      // This client takes `id` for the session's, which in 22.x is the container's.
      const id = release === '22.09' ? '[0-9a-f]{8}-' : demo.session(name).id;
      expect(output).toMatch(new RegExp(`^${name} +${id}`, 'm'));
    }
    expect(await cli('apps', 'demo')).toContain('sshd');
  });

  // This client sends GET with a body, which later managers refuse.
  it.runIf(release === '22.09')('downloads id_container', async () => {
    await cli('session', 'download', 'demo-dropbear', 'id_container');
    const key = await readFile(join(home, 'id_container'), 'utf8');
    expect(key).toBe(demo.session('demo-dropbear').privateKey);
    expect(await cli('session', 'ls', 'demo', '.')).toContain('id_container');
  });

  it('tunnels to sshd', async () => {
    const port = String(await freePort());
    const app = spawn(client(), ['app', 'demo', 'sshd', '-b', `127.0.0.1:${port}`], {
      cwd: home,
      env,
    });
    try {
      await heard(app, `tcp://127.0.0.1:${port}`);
      const key = join(home, 'key');
      await run('cp', [join(demo.homeDirectory('demo'), 'id_container'), key]);
      await chmod(key, 0o600);
      const { stdout } = await run(
        'ssh',
        [
          ...['-F', '/dev/null', '-i', key, '-p', port, '-o', 'BatchMode=yes'],
          ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null'],
          ...['work@127.0.0.1', 'echo', 'through the tunnel'],
        ],
        { timeout: 60_000 },
      );
      expect(stdout).toBe('through the tunnel\n');
    } finally {
      app.kill('SIGKILL');
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until a program has said something. */
function heard(program: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const listen = (data: Buffer): void => {
      output += data.toString();
      if (output.includes(text)) resolve();
    };
    program.stdout?.on('data', listen);
    program.stderr?.on('data', listen);
    program.on('exit', () => {
      reject(new Error(`ended early: ${output}`));
    });
  });
}
