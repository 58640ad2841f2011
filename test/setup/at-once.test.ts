/** Somebody else writes between the moment when a plan is made and the one when it is applied. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { BaiError } from '../../src/errors.js';
import { applyChanges } from '../../src/setup/apply-changes.js';
import { knownSites } from '../../src/setup/find-site.js';
import { removeSites } from '../../src/setup/remove-sites.js';
import { parseState, serializeState, type SiteRecord } from '../../src/setup/state.js';
import { testHost } from '../changes/support.js';
import { useDemoAndHome } from './support/demo-and-home.js';
import { testWorkspace } from './support/workspace.js';

vi.mock('../../src/setup/apply-changes.js', { spy: true });
vi.setConfig({ testTimeout: 60_000 });

const world = useDemoAndHome();
const siteList = (): string => join(world.home.path, '.config', 'filezilla', 'sitemanager.xml');
const stateFile = (): string =>
  join(world.home.path, '.local', 'share', 'bai-win', 'state', 'sites.json');
const listWith = (name: string): string =>
  `<?xml version="1.0"?>\n<FileZilla3><Servers><Server><Host>h</Host><Name>${name}</Name></Server></Servers></FileZilla3>\n`;

it('setup plans again, shows that, and keeps what the other wrote', async () => {
  const running = world.run('setup', 'demo', '--for', 'filezilla', '--no-tunnel');
  // The host key is learnt after everything was looked at, and before anything is written.
  await vi.waitUntil(() => world.demo.connections('demo').ssh > 0, {
    timeout: 30_000,
    interval: 1,
  });
  mkdirSync(dirname(siteList()), { recursive: true });
  writeFileSync(siteList(), listWith('theirs'));
  const { code, stderr } = await running;
  expect(stderr).toContain('warning: another program wrote at the same moment');
  expect(stderr.match(/^write {7}/gm)).toHaveLength(2);
  expect(code).toBe(0);
  const text = await readFile(siteList(), 'utf8');
  expect(text).toContain('<Name>theirs</Name>');
  expect(text).toContain('<Name>demo</Name>');
});

it('setup of two sessions at once sets up both', async () => {
  const both = await Promise.all(
    ['demo', 'demo-dropbear'].map((name) => world.run('setup', name, '--for', 'filezilla')),
  );
  for (const { code, stderr } of both) expect(code, stderr).toBe(0);
  const text = await readFile(siteList(), 'utf8');
  for (const name of ['demo', 'demo-dropbear']) expect(text).toContain(`<Name>${name}</Name>`);
});

it('setups of one session at once wait for each other, so that its port stays', async () => {
  await world.run('setup', 'demo', '--for', 'openssh', '--no-tunnel');
  const before = parseState(await readFile(stateFile()), 'notes');
  const all = await Promise.all(
    ['putty', 'filezilla', 'openssh'].map((client) =>
      world.run('setup', 'demo', '--for', client, '--no-tunnel'),
    ),
  );
  for (const { code, stderr } of all) {
    expect(code, stderr).toBe(0);
    expect(stderr).not.toContain('is taken');
  }
  const after = parseState(await readFile(stateFile()), 'notes');
  const ports = [before, after].map((state) => knownSites(state).map(({ record }) => record.port));
  expect(ports[1]).toEqual(ports[0]);
});

it('a dry run takes no port from anybody', async () => {
  await world.run('setup', 'demo', '--for', 'openssh', '--no-tunnel');
  const [real, ...dry] = await Promise.all([
    world.run('setup', 'demo', '--for', 'openssh', '--no-tunnel'),
    world.run('setup', 'demo', '--for', 'openssh', '--dry-run'),
    world.run('setup', 'demo', '--for', 'openssh', '--dry-run'),
  ]);
  expect(real.stderr).not.toContain('is taken');
  for (const { code, stderr } of dry) expect(code, stderr).toBe(0);
});

it('remove plans again, and keeps the note that was written meanwhile', async () => {
  const workspace = testWorkspace(await testHost());
  const record = (sessionName: string, port: number): SiteRecord => ({
    endpoint: 'https://api.example.com',
    accessKey: 'AKIA',
    sessionName,
    sessionId: '',
    port,
    user: 'work',
    clients: [],
    keyFingerprint: '',
    hostKeyFingerprint: '',
  });
  const mine = { 'mine-1': record('mine', 20_001) };
  await writeFile(workspace.stateFile, serializeState({ sites: mine }));
  vi.mocked(applyChanges).mockImplementationOnce(async () => {
    const sites = { ...mine, 'theirs-1': record('theirs', 20_002) };
    await writeFile(workspace.stateFile, serializeState({ sites }));
    throw new BaiError('plan-outdated', 'changed', 'again');
  });
  const { sites } = await removeSites(
    workspace,
    (state) => knownSites(state).filter(({ id }) => id === 'mine-1'),
    false,
    () => undefined,
  );
  expect(sites.map(({ id }) => id)).toEqual(['mine-1']);
  const left = parseState(await readFile(workspace.stateFile), workspace.stateFile);
  expect(Object.keys(left.sites)).toEqual(['theirs-1']);
});
