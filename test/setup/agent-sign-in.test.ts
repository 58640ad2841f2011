/** The agent holds tunnels of several sign-ins, and follows when people sign in again. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Client } from 'ssh2';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import type { AgentStatus } from '../../src/tunnel/agent/protocol.js';
import { pause } from '../cli/support/agent.js';
import { baiWin, startBaiWin, type Outcome } from '../cli/support/bai-win.js';
import { makeScratchHome, type ScratchHome } from '../cli/support/scratch-home.js';

// The test runs the program many times, which takes long on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

interface SetupJson {
  site: { port: number; user: string; keyPath: string };
}

let demo: Demo;
let home: ScratchHome;

beforeAll(async () => {
  demo = await startDemo({ mode: 'session', only: ['demo', 'demo-dropbear'] });
});
afterAll(() => demo.close());
beforeEach(async () => {
  home = await makeScratchHome();
});
afterEach(async () => {
  await run(['down']);
  await home.remove();
});

const run = (args: string[], input = ''): Promise<Outcome> =>
  baiWin(args, home.env, { cwd: home.path, input });

async function succeeds(args: string[], input = ''): Promise<string> {
  const { code, stdout, stderr } = await run(args, input);
  expect(code, stderr).toBe(0);
  return stdout;
}

const signIn = (): Promise<string> =>
  succeeds(
    ['login', demo.webEndpoint, '--user', demo.login.username, '--password-stdin'],
    demo.login.password,
  );

async function setUp(session: string, ...more: string[]): Promise<SetupJson['site']> {
  const args = ['setup', session, '--for', 'putty', '--no-tunnel', '--json', ...more];
  return (JSON.parse(await succeeds(args)) as SetupJson).site;
}

/** Whether the port leads to the session now. */
async function logsIn({ port, user, keyPath }: SetupJson['site']): Promise<boolean> {
  const privateKey = await readFile(keyPath);
  const client = new Client();
  try {
    return await new Promise<boolean>((resolve) => {
      client.on('ready', () => {
        resolve(true);
      });
      const failed = (): void => {
        resolve(false);
      };
      client.on('error', failed);
      client.on('close', failed);
      client.connect({ host: '127.0.0.1', port, username: user, privateKey });
    });
  } finally {
    client.end();
  }
}

it('holds tunnels of two profiles, and comes back after an expired login', async () => {
  await signIn();
  const keys = ['--access-key', demo.accessKey, '--secret-key-stdin', '--profile', 'keys'];
  await succeeds(['login', demo.managerEndpoint, ...keys], demo.secretKey);
  const byLogin = await setUp('demo');
  const byKeys = await setUp('demo-dropbear', '--profile', 'keys');
  await succeeds(['up']);
  expect(await logsIn(byLogin)).toBe(true);
  expect(await logsIn(byKeys)).toBe(true);

  demo.login.expireAll();
  // What was asked a moment ago is not asked again; the agent notices when that is over.
  await succeeds(['down']);
  await succeeds(['up']);
  expect(await logsIn(byLogin)).toBe(false);
  expect(await logsIn(byKeys)).toBe(true);
  expect(await succeeds(['status', '--json'])).toContain('bai-win login');

  await signIn();
  expect(await logsIn(byLogin)).toBe(true);

  // Of each site the owner is asked for, whoever is signed in by default.
  const { stderr } = await run(['logout']);
  expect(stderr).toContain('connections through them fail until you sign in again: demo; ');
  const [, next = ''] = /to close them, type: bai-win (.*)$/m.exec(stderr) ?? [];
  const left = JSON.parse(await succeeds([...next.split(' '), '--json'])) as AgentStatus;
  expect(left.tunnels.map(({ session }) => session)).toEqual(['demo-dropbear']);
  await succeeds(['down']);
  await succeeds(['up']);
  expect(await logsIn(byLogin)).toBe(false);
  expect(await logsIn(byKeys)).toBe(true);
});

it('the foreground form follows a new login too', async () => {
  await signIn();
  const site = await setUp('demo');
  const tunnel = startBaiWin(['tunnel', 'demo'], home.env, home.path);
  try {
    let said = '';
    tunnel.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    while (!said.includes('is open on')) await pause(20);
    expect(await logsIn(site)).toBe(true);
    demo.login.expireAll();
    expect(await logsIn(site)).toBe(false);
    while (!said.includes('bai-win login')) await pause(20);
    await signIn();
    expect(await logsIn(site)).toBe(true);
  } finally {
    tunnel.kill('SIGTERM');
    await once(tunnel, 'close');
  }
});
