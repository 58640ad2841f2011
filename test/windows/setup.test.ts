/**
 * The main job as a Windows program: `bai-win setup` by node.exe, the settings that it leaves where
 * Windows programs look for them, and a listing through its tunnel by OpenSSH.
 */
import { chmod, copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import { makeCleanup } from '../clients/support/cleanup.js';
import { makeClientHome } from '../clients/support/client-home.js';
import { folderContents } from '../clients/support/folder-contents.js';
import { runProgram } from '../clients/support/run-program.js';
import { makeScratchFolder, type ScratchFolder } from '../clients/support/scratch-folder.js';
import { sftp } from '../clients/support/ssh-programs.js';
import { baiWinExe, openTunnelExe } from './support/bai-win-exe.js';
import { dword, exportRegistryKey, PUTTY_KEY, quoted, registryValues } from './support/registry.js';
import { setUpOnWindows, type SetupOutput } from './support/windows-setup.js';
import { startWine, type Wine } from './support/wine.js';

const ENVIRONMENT = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' };

const cleanup = makeCleanup();
let scratch: ScratchFolder;
let wine: Wine;
let demo: Demo;
let users: string;
let output: SetupOutput;

beforeAll(async () => {
  scratch = await makeScratchFolder();
  cleanup.defer(() => scratch.remove());
  wine = await startWine(scratch.path);
  cleanup.defer(() => wine.stop());
  demo = await startDemo({ only: ['demo'] });
  cleanup.defer(() => demo.close());
  users = wine.linuxPath('C:\\users');

  expect(await exportRegistryKey(wine, PUTTY_KEY)).toBeNull();
  output = await setUpOnWindows(wine, demo.env, 'demo');
});

afterAll(() => cleanup.run());

/** e and n of an `ssh-rsa` line as PuTTY's host key cache has them. */
function puttyCacheValue(publicKey: string): string {
  const blob = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
  const numbers: string[] = [];
  for (let at = 0; at < blob.length;) {
    const length = blob.readUInt32BE(at);
    numbers.push(blob.toString('hex', at + 4, at + 4 + length).replace(/^0+/, ''));
    at += 4 + length;
  }
  return numbers
    .slice(1)
    .map((number) => `0x${number}`)
    .join(',');
}

it('key files are in the local application data, and puttygen reads the PuTTY key', async () => {
  const { keyPath, ppkPath } = output.site;
  expect(keyPath).toMatch(/^C:\\users\\[^\\]+\\AppData\\Local\\bai-win\\/i);
  expect(ppkPath).toMatch(/^C:\\users\\[^\\]+\\AppData\\Local\\bai-win\\.*\.ppk$/i);
  const session = demo.session('demo');
  expect(await readFile(wine.linuxPath(keyPath), 'utf8')).toBe(session.privateKey);
  const { stdout } = await runProgram('puttygen', [wine.linuxPath(ppkPath), '-L'], {
    env: ENVIRONMENT,
  });
  expect(stdout.split(' ').slice(0, 2).join(' ')).toBe(session.publicKey);
});

it('the PuTTY session is in the registry', async () => {
  const { site } = output;
  const values = await registryValues(wine, `${PUTTY_KEY}\\Sessions\\bai-demo`);
  expect(values).toEqual(
    expect.arrayContaining([
      '"HostName"="127.0.0.1"',
      '"Protocol"="ssh"',
      `"PortNumber"=${dword(site.port)}`,
      '"UserName"="work"',
      `"PublicKeyFile"=${quoted(site.ppkPath)}`,
      `"LogHost"=${quoted(site.id)}`,
    ]),
  );
});

it('the host key is in the registry, for PuTTY and for FileZilla up to 3.69', async () => {
  const { site, hostKey } = output;
  expect(hostKey).toBe(demo.session('demo').hostKey);
  const value = quoted(puttyCacheValue(hostKey));
  expect((await registryValues(wine, `${PUTTY_KEY}\\SshHostKeys`)).sort()).toEqual(
    [`"rsa2@22:${site.id}"=${value}`, `"rsa2@${site.port}:127.0.0.1"=${value}`].sort(),
  );
});

it('the FileZilla site is in the roaming application data', async () => {
  const { site } = output;
  const text = await readFile(join(wine.appData, 'FileZilla', 'sitemanager.xml'), 'utf8');
  const parsed = new XMLParser({ parseTagValue: false }).parse(text) as Record<string, unknown>;
  expect(parsed).toMatchObject({
    FileZilla3: {
      Servers: {
        Folder: {
          '#text': 'Backend.AI',
          Server: {
            Host: '127.0.0.1',
            Port: String(site.port),
            Protocol: '1',
            User: 'work',
            Logontype: '5',
            Keyfile: site.ppkPath,
            Name: 'demo',
            RemoteDir: '1 0 4 home 4 work',
            BypassProxy: '1',
          },
        },
      },
    },
  });
});

it('a second setup changes no byte of a file and no value in the registry', async () => {
  const files = await folderContents(users);
  const registry = await exportRegistryKey(wine, PUTTY_KEY);
  const again = await setUpOnWindows(wine, demo.env, 'demo');
  expect(again).toMatchObject({ changed: false, changes: [] });
  expect(await folderContents(users)).toEqual(files);
  expect(await exportRegistryKey(wine, PUTTY_KEY)).toBe(registry);
});

it('its tunnel carries an SFTP listing, and Ctrl-C closes it', async () => {
  const { site, hostKey } = output;
  const tunnel = await openTunnelExe(wine, demo.env, 'demo');
  const home = await makeClientHome(scratch.path, 'openssh');
  const knownHostsFile = join(home.path, 'known_hosts');
  await writeFile(knownHostsFile, `[127.0.0.1]:${site.port} ${hostKey}\n`);
  // Modes mean nothing to Windows, but OpenSSH wants a key file that nobody else can read.
  const keyFile = join(home.path, 'key');
  await copyFile(wine.linuxPath(site.keyPath), keyFile);
  await chmod(keyFile, 0o600);

  const listing = await sftp(home, { ...site, keyFile, knownHostsFile }, ['pwd', 'ls']);
  expect(listing.code, listing.stdout + listing.stderr + tunnel.errors()).toBe(0);
  expect(listing.stdout).toContain('Remote working directory: /home/work');
  expect(listing.stdout).toContain('README.txt');

  tunnel.interrupt();
  expect(await tunnel.ended).toBe(0);
  expect(tunnel.errors()).toContain('tunnel closed');
});

it('undo leaves no key in the registry that was not there', async () => {
  const undo = await baiWinExe(wine, demo.env, ['undo']);
  expect(undo.code, undo.stdout + undo.stderr).toBe(0);
  expect(await exportRegistryKey(wine, 'HKEY_CURRENT_USER\\Software\\SimonTatham')).toBeNull();
});
