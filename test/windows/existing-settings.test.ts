/**
 * What people have had before `bai-win setup` on Windows is there afterwards, to the byte and to the
 * value; and names outside ASCII come through Windows' own tools.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import { codePageKey } from '../../src/exporters/putty/code-page.js';
import { makeCleanup } from '../clients/support/cleanup.js';
import { folderContents } from '../clients/support/folder-contents.js';
import { makeScratchFolder, type ScratchFolder } from '../clients/support/scratch-folder.js';
import { baiWinExe } from './support/bai-win-exe.js';
import {
  dword,
  exportRegistryKey,
  importRegistry,
  PUTTY_KEY,
  quoted,
  registryValues,
} from './support/registry.js';
import { setUpOnWindows } from './support/windows-setup.js';
import { startWine, type Wine } from './support/wine.js';

const cleanup = makeCleanup();
let scratch: ScratchFolder;
let wine: Wine;
let demo: Demo;
let siteManager: string;

/** As a person may have left it: byte order mark, CRLF, a comment, a site, things we know nothing of. */
const SITES_BEFORE = [
  '\uFEFF<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>',
  '<FileZilla3 version="3.63.0" platform="windows" mine=\'1\'>',
  '  <!-- mine -->',
  '  <Servers>',
  '    <Server><Host>ftp.example.org</Host><Port>21</Port><Protocol>0</Protocol>',
  '      <User>김철수</User><Pass encoding="base64">c2VjcmV0</Pass><Logontype>1</Logontype>',
  '      <Name>내 서버 &amp; more</Name><Unknown a="&#x41;"/></Server>',
  '  </Servers>',
  '  <Other><![CDATA[ kept ]]></Other>',
  '</FileZilla3>',
  '',
].join('\r\n');

const REGISTRY_BEFORE = [
  `[${PUTTY_KEY}\\Sessions\\Default%20Settings]`,
  '"Font"="D2Coding 한글"',
  '"FontIsBold"=dword:00000000',
  '"FontCharSet"=dword:00000081',
  '"FontHeight"=dword:0000000c',
  '"HostName"="default.example.org"',
  '',
  `[${PUTTY_KEY}\\Sessions\\my%20server]`,
  '"HostName"="ssh.example.org"',
  '"PortNumber"=dword:00000016',
  '"Protocol"="ssh"',
  '"Odd"=hex:01,02,03',
  '',
  `[${PUTTY_KEY}\\SshHostKeys]`,
  '"rsa2@22:ssh.example.org"="0x10001,0xc0ffee"',
];

beforeAll(async () => {
  scratch = await makeScratchFolder();
  cleanup.defer(() => scratch.remove());
  wine = await startWine(scratch.path);
  cleanup.defer(() => wine.stop());
  demo = await startDemo({ only: ['demo', 'demo-dropbear'] });
  cleanup.defer(() => demo.close());

  const folder = join(wine.appData, 'FileZilla');
  siteManager = join(folder, 'sitemanager.xml');
  await mkdir(folder, { recursive: true });
  await writeFile(siteManager, SITES_BEFORE);
  await importRegistry(wine, REGISTRY_BEFORE);
});

afterAll(() => cleanup.run());

it('a dry run changes nothing', async () => {
  const users = wine.linuxPath('C:\\users');
  const files = await folderContents(users);
  const registry = await exportRegistryKey(wine, PUTTY_KEY);
  const dry = await baiWinExe(wine, demo.env, [
    'setup',
    'demo',
    '--for',
    'filezilla,putty',
    '--dry-run',
  ]);
  expect(dry.code, dry.stdout + dry.stderr).toBe(0);
  expect(dry.stdout).toContain(`${PUTTY_KEY}\\Sessions\\bai-demo\\HostName`);
  expect(dry.stdout).toMatch(/^\+.*<Name>demo<\/Name>/m);
  expect(await folderContents(users)).toEqual(files);
  expect(await exportRegistryKey(wine, PUTTY_KEY)).toBe(registry);
});

it('setup adds its own to files and registry, and leaves the rest', async () => {
  await setUpOnWindows(wine, demo.env, 'demo');

  const sites = await readFile(siteManager, 'utf8');
  const start = sites.indexOf('<Folder');
  const end = sites.indexOf('</Folder>') + '</Folder>'.length;
  expect(sites.slice(start, end)).toContain('<Name>demo</Name>');
  // What is left without our folder is the file as it was, but for the white space around it.
  const rest = [sites.slice(0, start).trimEnd(), sites.slice(end).trimStart()];
  const [head, tail] = [
    '      <Name>내 서버 &amp; more</Name><Unknown a="&#x41;"/></Server>',
    '</Servers>',
  ];
  const cut = SITES_BEFORE.indexOf(head) + head.length;
  expect(rest).toEqual([
    SITES_BEFORE.slice(0, cut),
    SITES_BEFORE.slice(SITES_BEFORE.indexOf(tail)),
  ]);

  expect(await registryValues(wine, `${PUTTY_KEY}\\Sessions\\Default%20Settings`)).toHaveLength(5);
  expect(await registryValues(wine, `${PUTTY_KEY}\\Sessions\\my%20server`)).toEqual([
    '"HostName"="ssh.example.org"',
    '"Odd"=hex:01,02,03',
    '"PortNumber"=dword:00000016',
    '"Protocol"="ssh"',
  ]);
  expect(await registryValues(wine, `${PUTTY_KEY}\\SshHostKeys`)).toContain(
    '"rsa2@22:ssh.example.org"="0x10001,0xc0ffee"',
  );
});

it('a new PuTTY session has the look of the Default Settings', async () => {
  expect(await registryValues(wine, `${PUTTY_KEY}\\Sessions\\bai-demo`)).toEqual(
    expect.arrayContaining([
      '"Font"="D2Coding 한글"',
      `"FontHeight"=${dword(12)}`,
      '"HostName"="127.0.0.1"',
    ]),
  );
});

it('names and folders outside ASCII reach the registry and FileZilla', async () => {
  await demo.addSession({ name: '학습 1' });
  const folder = 'C:\\users\\Public\\홍길동 & Co';
  // Wine's own is 1252.
  await importRegistry(wine, [`[${codePageKey}]`, '"ACP"="949"']);
  const { site } = await setUpOnWindows(wine, { ...demo.env, BAI_WIN_HOME: folder }, '학습 1');
  expect(site.ppkPath.startsWith(`${folder}\\`)).toBe(true);
  await readFile(wine.linuxPath(site.ppkPath));

  const sessions = await exportRegistryKey(wine, `${PUTTY_KEY}\\Sessions`);
  expect(sessions).toContain(`"PublicKeyFile"=${quoted(site.ppkPath)}`);
  const sites = await readFile(siteManager, 'utf8');
  expect(sites).toContain('<Name>학습 1</Name>');
  expect(sites).toContain(`<Keyfile>${site.ppkPath.replaceAll('&', '&amp;')}</Keyfile>`);
});

it('where the code page has no letters for the folder, PuTTY is refused, which would not find the key', async () => {
  await importRegistry(wine, [`[${codePageKey}]`, '"ACP"="1252"']);
  const env = { ...demo.env, BAI_WIN_HOME: 'C:\\users\\Public\\이몽룡' };
  const setup = await baiWinExe(wine, env, ['setup', 'demo', '--for', 'putty']);
  expect(setup.code).toBe(1);
  expect(setup.stderr).toMatch(/error: PuTTY cannot use "C:.*이몽룡.* \(1252\) lacks/);
});

it('settings that cannot be read stay as they are, and nothing else is written', async () => {
  await writeFile(siteManager, '<FileZilla3><Servers>');
  const users = wine.linuxPath('C:\\users');
  const files = await folderContents(users);
  const registry = await exportRegistryKey(wine, PUTTY_KEY);
  const setup = await baiWinExe(wine, demo.env, [
    'setup',
    'demo-dropbear',
    '--for',
    'filezilla,putty',
  ]);
  expect(setup.code).toBe(1);
  expect(setup.stderr).toMatch(/bai-win: error: .*sitemanager\.xml/);
  expect(setup.stderr).toMatch(/bai-win: hint: /);
  expect(await folderContents(users)).toEqual(files);
  expect(await exportRegistryKey(wine, PUTTY_KEY)).toBe(registry);
});
