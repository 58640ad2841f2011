import { describe, expect, test } from 'vitest';
import type { BaiError } from '../../../src/errors.js';
import { kitty, kittySessionName } from '../../../src/exporters/kitty/exporter.js';
import { codePageKey } from '../../../src/exporters/putty/code-page.js';
import { putty } from '../../../src/exporters/putty/exporter.js';
import { announced, linux, rsaBlob, siteOf, windows, World } from '../world.js';

const root = 'HKEY_CURRENT_USER\\Software\\9bis.com\\KiTTY';
const site = siteOf(windows);
const rsaValue = `0x10001,0x${rsaBlob.subarray(-256).toString('hex')}`;

function plan(world: World): void {
  world.apply(kitty.plan(site, windows, announced(world, kitty)));
}

test("in the registry KiTTY's session is PuTTY's, in a folder", () => {
  const world = new World(windows);
  plan(world);
  const theirs = new World(windows);
  theirs.apply(putty.plan(site, windows, theirs));
  const puttyRoot = 'HKEY_CURRENT_USER\\Software\\SimonTatham\\PuTTY';
  for (const key of ['Sessions\\bai-demo', 'SshHostKeys']) {
    const values = new Map(world.registry.get(`${root}\\${key}`));
    if (key !== 'SshHostKeys') {
      expect(values.get('Folder')).toEqual({ type: 'sz', data: 'Backend.AI' });
      values.delete('Folder');
    }
    expect(values).toEqual(theirs.registry.get(`${puttyRoot}\\${key}`));
  }
  expect(kitty.plan(site, windows, world)).toEqual([]);
  world.apply(kitty.unplan(site, windows, announced(world, kitty)));
  expect(world.registry.size).toBe(0);
});

test('in the registry its session is known by a name in the code page of the machine', () => {
  const world = new World(windows, {}, { [codePageKey]: { ACP: '949' } });
  plan(world);
  const session = world.registry.get(`${root}\\Sessions\\bai-demo`) ?? [];
  world.registry.delete(`${root}\\Sessions\\bai-demo`);
  world.registry.set(`${root}\\Sessions\\%C7%D0%BD%C0`, new Map(session));
  expect(kittySessionName(site, windows, announced(world, kitty))).toBe('학습');
});

describe('portable', () => {
  const folder = 'D:\\Tools\\KiTTY';
  const machine = { ...windows, env: { ...windows.env, KITTY_INI_FILE: `${folder}\\kitty.ini` } };
  const ini = '[Print]\r\nsavemode=registry\r\n[KiTTY]\r\n; savemode=file\r\nSaveMode = dir\r\n';

  test('a session and a host key are files, escaped', () => {
    const world = new World(machine, {
      [`${folder}\\kitty.ini`]: ini,
      [`${folder}\\Sessions\\Default%20Settings`]: 'FontHeight\\14\\\nRemoteCommand\\top\\\n',
      [`${folder}\\SshHostKeys\\ssh-ed25519@22%3Ademo-1a2b3c4d`]: '0x1,0x2',
    });
    const before = world.state();
    world.apply(kitty.plan(site, machine, announced(world, kitty)));
    expect(world.text(`${folder}\\Sessions\\bai-demo`)).toBe(
      'FontHeight\\14\\\nHostName\\127.0.0.1\\\nProtocol\\ssh\\\nPortNumber\\22022\\\nUserName\\work\\\n' +
        'PublicKeyFile\\C%3A%5CUsers%5Ckim%5Ckeys%5Cdemo.ppk\\\nLogHost\\demo-1a2b3c4d\\\n' +
        'ProxyMethod\\0\\\nPresent\\1\\\nAuthGSSAPI\\0\\\nWinTitle\\demo%20-%20Backend.AI\\\nFolder\\Backend.AI\\\n',
    );
    expect(world.text(`${folder}\\SshHostKeys\\rsa2@22%3Ademo-1a2b3c4d`)).toBe(rsaValue);
    expect(world.files.has(`${folder}\\SshHostKeys\\ssh-ed25519@22%3Ademo-1a2b3c4d`)).toBe(false);
    expect(kitty.plan(site, machine, announced(world, kitty))).toEqual([]);
    expect(kitty.howToOpen(site, machine, world)[1]).toBe('kitty -load bai-demo');

    world.apply(kitty.unplan(site, machine, announced(world, kitty)));
    const after = world.state() as { files: Record<string, string> };
    expect(Object.keys(after.files)).toEqual(
      Object.keys((before as typeof after).files).filter((name) => !name.includes('ed25519')),
    );
  });

  test('with file extensions', () => {
    const extended = `${ini}fileextension=.ktx\r\nhostkeyextension=.key\r\n`;
    const world = new World(machine, { [`${folder}\\kitty.ini`]: extended });
    world.apply(kitty.plan(site, machine, announced(world, kitty)));
    expect([...world.files.keys()].slice(1)).toEqual([
      `${folder}\\SshHostKeys\\rsa2@22%3Ademo-1a2b3c4d.key`,
      `${folder}\\Sessions\\bai-demo.ktx`,
    ]);
    expect(kitty.plan(site, machine, world)).toEqual([]);
    const command = ['C:\\x y\\bai-win.exe', 'proxy'];
    const byCommand = { ...site, proxyCommand: command, puttyProxy: true };
    world.apply(kitty.plan(byCommand, machine, world));
    expect(world.text(`${folder}\\Sessions\\bai-demo.ktx`)).toContain(
      'ProxyTelnetCommand\\%22C%3A%5C%5Cx%20y%5C%5Cbai-win.exe%22%20proxy\\\n',
    );
  });

  test('with its settings elsewhere is not guessed at', () => {
    const world = new World(machine, { [`${folder}\\kitty.ini`]: `${ini}configdir=E:\\cfg\r\n` });
    let code = '';
    try {
      kitty.plan(site, machine, world);
    } catch (error) {
      code = (error as BaiError).code;
    }
    expect(code).toBe('kitty-config-elsewhere');
  });

  test('is not meant by a kitty.ini that keeps to the registry', () => {
    const world = new World(machine, { [`${folder}\\kitty.ini`]: '[KiTTY]\nsavemode=registry\n' });
    world.apply(kitty.plan(site, machine, announced(world, kitty)));
    expect(world.files.size).toBe(1);
  });
});

test('detecting KiTTY', () => {
  const detect = (world: World) => kitty.detect(world.machine, announced(world, kitty)).found;
  expect(detect(new World(windows))).toBe(false);
  expect(detect(new World(windows, { 'C:\\Program Files\\KiTTY\\kitty.exe': '' }))).toBe(true);
  expect(detect(new World(windows, {}, { [`${root}\\Sessions\\x`]: { HostName: 'y' } }))).toBe(
    true,
  );
  expect(detect(new World(windows, {}, { [`${root}\\Sessions`]: {} }))).toBe(false);
  expect(detect(new World(linux))).toBe(false);
  expect(kitty.plan(siteOf(linux), linux, new World(linux))).toEqual([]);
});
