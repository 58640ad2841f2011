/** The agent as a Windows program: a named pipe, a process without a window, clients from the Linux side. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import type { AgentStatus } from '../../src/tunnel/agent/protocol.js';
import { logIn, type SetUpSite } from '../cli/support/agent.js';
import { makeCleanup } from '../clients/support/cleanup.js';
import type { ProgramResult } from '../clients/support/run-program.js';
import { makeScratchFolder } from '../clients/support/scratch-folder.js';
import { baiWinExe } from './support/bai-win-exe.js';
import { setUpOnWindows } from './support/windows-setup.js';
import { startWine, type Wine } from './support/wine.js';

const cleanup = makeCleanup();
let wine: Wine;
let demo: Demo;
let site: SetUpSite;

beforeAll(async () => {
  const scratch = await makeScratchFolder();
  cleanup.defer(() => scratch.remove());
  wine = await startWine(scratch.path);
  cleanup.defer(() => wine.stop());
  demo = await startDemo({ only: ['demo'] });
  cleanup.defer(() => demo.close());
  const output = await setUpOnWindows(wine, demo.env, 'demo', ['--no-tunnel']);
  site = { ...output.site, keyPath: wine.linuxPath(output.site.keyPath) };
});
afterAll(() => cleanup.run());

const run = (...args: string[]): Promise<ProgramResult> => baiWinExe(wine, demo.env, args);

async function ask(...args: string[]): Promise<AgentStatus> {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect(code, stdout + stderr).toBe(0);
  return JSON.parse(stdout) as AgentStatus;
}

it('up starts it, clients reach the session, status tells, down ends it', async () => {
  const started = await ask('up');
  expect(started.tunnels).toMatchObject([{ session: 'demo', port: site.port, state: 'open' }]);
  await logIn(site);
  const seen = await ask('status');
  expect(seen).toEqual({ ...started, closed: [] });
  expect((await run('logs')).stdout).toContain('connection 1 from a client');
  const down = await run('down');
  expect(down).toMatchObject({ code: 0, stdout: '', stderr: 'all tunnels are closed\n' });
  await expect(logIn(site)).rejects.toThrow('ECONNREFUSED');
  expect((await run('status')).stderr).toContain('no tunnel is open');
});

it('it brings the files up to date when the session was created again', async () => {
  await ask('up');
  await demo.replaceSession('demo', { newKey: true, newHostKey: true });
  await logIn(site);
  const { stdout } = await run('logs');
  expect(stdout).toMatch(/demo: refreshed key: was SHA256:\S+, is SHA256:/u);
  expect(stdout).toMatch(/demo: refreshed host key: was SHA256:\S+, is SHA256:/u);
  await run('down');
});

it('a second one cannot start, and a killed one leaves nothing that hinders', async () => {
  const { pid } = await ask('up');
  const second = await run('agent');
  expect(second.code).toBe(1);
  expect(second.stderr).toContain('an agent runs already');
  await wine.run(['taskkill', '/f', '/pid', `${pid}`]);
  await expect(logIn(site)).rejects.toThrow();
  const again = await ask('up');
  expect(again.pid).not.toBe(pid);
  expect(again.tunnels[0]?.port).toBe(site.port);
  await logIn(site);
  await run('down');
});
