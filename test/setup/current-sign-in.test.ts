import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Keyring } from '../../src/platform/keyring.js';
import { currentSignIn } from '../../src/setup/current-sign-in.js';
import { openWorkspace, type Workspace } from '../../src/setup/workspace.js';

const NOBODY = { endpoint: undefined, accessKey: undefined };
const config = (endpoint: string): string =>
  `[manager]\nendpoint = ${endpoint}\naccess_key = AKIA\nsecret_in = keyring\n`;

let folder: string;
let notices: string[];
let readings: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bai-win-current-sign-in-'));
  notices = [];
  readings = 0;
  await writeFile(join(folder, 'config.ini'), config('http://api.example.com'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const keyring: Keyring = {
  title: 'Test Keyring',
  get: () => {
    readings += 1;
    return Promise.resolve('SECRET');
  },
  set: () => Promise.resolve(),
  erase: () => Promise.resolve(),
};

function workspace(caFile?: string): Workspace {
  const opened = openWorkspace({
    log: () => undefined,
    notice: (line) => notices.push(line),
    network: { proxy: undefined, caFile, insecure: false },
  });
  return {
    ...opened,
    machine: { ...opened.machine, home: folder, env: {} },
    configFile: join(folder, 'config.ini'),
    keyring: () => Promise.resolve(keyring),
  };
}

it('gives calls at once the same client, and looks once for each', async () => {
  const signIn = currentSignIn(workspace(), NOBODY);
  const [dial, check] = await Promise.all([signIn(), signIn()]);
  expect(dial).toBe(check);
  expect(readings).toBe(2);
  expect(notices).toEqual([expect.stringContaining('reached without encryption')]);
  expect(await signIn()).toBe(dial);
});

it('follows when the person signs in elsewhere', async () => {
  const signIn = currentSignIn(workspace(), NOBODY);
  const before = await signIn();
  await writeFile(join(folder, 'config.ini'), config('https://other.example.com'));
  expect((await signIn()).endpoint).toBe('https://other.example.com');
  expect(before.endpoint).toBe('http://api.example.com');
});

it('says first what is wrong with an address', async () => {
  const signIn = currentSignIn(workspace(), { ...NOBODY, endpoint: 'ftp://x' });
  await expect(signIn()).rejects.toMatchObject({ code: 'endpoint-invalid' });
});

it('tries again what failed', async () => {
  const caFile = join(folder, 'ca.pem');
  const signIn = currentSignIn(workspace(caFile), NOBODY);
  await expect(signIn()).rejects.toMatchObject({ name: 'BaiError' });
  await writeFile(caFile, tls.rootCertificates[0] ?? '');
  expect((await signIn()).accessKey).toBe('AKIA');
});
