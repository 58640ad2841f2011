/** The entry that has Windows open the tunnels at log-on: the real registry, and Wine's own log-on. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import type { AgentStatus } from '../../src/tunnel/agent/protocol.js';
import { logIn } from '../cli/support/agent.js';
import { makeCleanup } from '../clients/support/cleanup.js';
import { makeScratchFolder } from '../clients/support/scratch-folder.js';
import { waitUntil } from '../clients/support/wait-until.js';
import { baiWinExe } from './support/bai-win-exe.js';
import { importRegistry, quoted, registryValues } from './support/registry.js';
import { setUpOnWindows } from './support/windows-setup.js';
import { startWine, type Wine } from './support/wine.js';

const RUN = 'HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Run';
const APPROVED =
  'HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\StartupApproved\\Run';
const cleanup = makeCleanup();
let wine: Wine;
let demo: Demo;

beforeAll(async () => {
  const scratch = await makeScratchFolder();
  cleanup.defer(() => scratch.remove());
  wine = await startWine(scratch.path);
  cleanup.defer(() => wine.stop());
  demo = await startDemo({ only: ['demo'] });
  cleanup.defer(() => demo.close());
});
afterAll(() => cleanup.run());

async function succeed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await baiWinExe(wine, demo.env, args);
  expect(code, stdout + stderr).toBe(0);
  return stdout;
}

it('adds one value beside those of others, and takes it out again', async () => {
  const others = [
    '"OneDrive"="\\"C:\\\\Program Files\\\\OneDrive.exe\\" /background"',
    '"expanded"=hex(2):25,00,54,00,45,00,4d,00,50,00,25,00,00,00',
  ];
  await importRegistry(wine, [`[${RUN}]`, ...others]);
  const before = await registryValues(wine, RUN);
  await succeed('autostart', 'on');
  const added = (await registryValues(wine, RUN)).filter((line) => !before.includes(line));
  expect(added).toEqual([expect.stringMatching(/^"bai-win"=".*node\.exe.*bai-win\.cjs up"$/u)]);
  await succeed('autostart', 'off');
  expect(await registryValues(wine, RUN)).toEqual(before);

  // The key is Windows' own: it stays, also with nothing in it.
  await importRegistry(wine, [`[-${RUN}]`, '', `[${RUN}]`]);
  await succeed('autostart', 'on');
  await succeed('undo');
  expect((await wine.run(['reg', 'query', RUN])).code).toBe(0);
  expect(await registryValues(wine, RUN)).toEqual([]);
});

it('tells what Task Manager switched off, switches it on, and puts the note back', async () => {
  const others = ['"OneDrive"=hex:03,00,00,00,11,22,33,44,55,66,d9,01'];
  const ours = '"bai-win"=hex:03,00,00,00,a0,b1,c2,d3,e4,f5,d9,01';
  await succeed('autostart', 'on');
  await importRegistry(wine, [`[${APPROVED}]`, ...others, ours]);
  expect(JSON.parse(await succeed('autostart', '--json'))).toMatchObject({
    on: false,
    disabled: true,
  });
  await succeed('autostart', 'on');
  expect(await registryValues(wine, APPROVED)).toEqual(others);
  expect(JSON.parse(await succeed('autostart', '--json'))).toMatchObject({ on: true });
  await succeed('undo');
  expect((await registryValues(wine, APPROVED)).toSorted()).toEqual([...others, ours].toSorted());
  await succeed('autostart', 'off');
  expect(await registryValues(wine, APPROVED)).toEqual(others);
});

it('opens the tunnels at log-on', async () => {
  const { site } = await setUpOnWindows(wine, demo.env, 'demo', ['--no-tunnel']);
  await succeed('autostart', 'on');
  const [line = ''] = await registryValues(wine, RUN);
  expect(line).toContain(quoted('bai-win'));
  await wine.logOn(demo.env);
  const status = await waitUntil('the tunnel is open', 60_000, async () => {
    const found = JSON.parse(await succeed('status', '--json')) as AgentStatus;
    return found.tunnels.some(({ state }) => state !== 'closed') ? found : undefined;
  });
  expect(status.tunnels).toMatchObject([{ session: 'demo', port: site.port, state: 'open' }]);
  await logIn({ ...site, keyPath: wine.linuxPath(site.keyPath) });
  await succeed('down');
});
