import { describe, expect, test } from 'vitest';
import { codePageKey } from '../../../src/exporters/putty/code-page.js';
import { kitty } from '../../../src/exporters/kitty/exporter.js';
import { putty, puttySessionName } from '../../../src/exporters/putty/exporter.js';
import type { Site } from '../../../src/exporters/site.js';
import { announced, ed25519Blob, linux, rsaBlob, siteOf, windows, World } from '../world.js';
import type { Registry } from '../world.js';

const root = 'HKEY_CURRENT_USER\\Software\\SimonTatham\\PuTTY';
const rsaValue = `0x10001,0x${rsaBlob.subarray(-256).toString('hex')}`;

function plan(world: World, site: Site): void {
  world.apply(putty.plan(site, world.machine, announced(world, putty)));
}

const nameIn = (world: World, site: Site): string =>
  puttySessionName(site, world.machine, announced(world, putty));

const valuesIn = (world: World, key: string): Record<string, unknown> =>
  Object.fromEntries(
    [...(world.registry.get(`${root}\\${key}`) ?? [])].map(([name, { data }]) => [name, data]),
  );

describe('on Windows', () => {
  test('a new session has all that it needs, each in the type that PuTTY reads', () => {
    const world = new World(windows);
    plan(world, siteOf(windows));
    expect(Object.fromEntries(world.registry.get(`${root}\\Sessions\\bai-demo`) ?? [])).toEqual({
      Present: { type: 'dword', data: 1 },
      HostName: { type: 'sz', data: '127.0.0.1' },
      Protocol: { type: 'sz', data: 'ssh' },
      PortNumber: { type: 'dword', data: 22022 },
      UserName: { type: 'sz', data: 'work' },
      PublicKeyFile: { type: 'sz', data: 'C:\\Users\\kim\\keys\\demo.ppk' },
      LogHost: { type: 'sz', data: 'demo-1a2b3c4d' },
      ProxyMethod: { type: 'dword', data: 0 },
      AuthGSSAPI: { type: 'dword', data: 0 },
      WinTitle: { type: 'sz', data: 'demo - Backend.AI' },
    });
    expect(valuesIn(world, 'SshHostKeys')).toEqual({ 'rsa2@22:demo-1a2b3c4d': rsaValue });
  });

  test('the host key comes before the session', () => {
    const changes = putty.plan(siteOf(windows), windows, new World(windows));
    expect([...new Set(changes.map(({ stage }) => stage))]).toEqual(['host-key', 'entry']);
  });

  test('the look of Default Settings is copied once, what would break the session is not', () => {
    const defaults: Registry = {
      [`${root}\\Sessions\\Default%20Settings`]: {
        FontHeight: 14,
        Colour0: '1,2,3',
        UserName: 'root',
        HostName: 'example.org',
        AddressFamily: 2,
        RemoteCommand: 'top',
        SSHManualHostKeys: 'SHA256:x',
        ProxyMethod: 3,
        ProxyPassword: 'secret',
      },
    };
    const world = new World(windows, {}, defaults);
    plan(world, siteOf(windows));
    const first = valuesIn(world, 'Sessions\\bai-demo');
    expect(first).toMatchObject({ FontHeight: 14, Colour0: '1,2,3', UserName: 'work' });
    expect(Object.keys(first)).not.toContain('AddressFamily');
    expect(Object.keys(first)).not.toContain('RemoteCommand');
    expect(Object.keys(first)).not.toContain('SSHManualHostKeys');
    expect(Object.keys(first)).not.toContain('ProxyPassword');
    expect(valuesIn(world, 'Sessions\\Default%20Settings')).toHaveProperty('UserName', 'root');

    world.registry
      .get(`${root}\\Sessions\\bai-demo`)
      ?.set('FontHeight', { type: 'dword', data: 20 });
    world.registry
      .get(`${root}\\Sessions\\bai-demo`)
      ?.set('WinTitle', { type: 'sz', data: 'mine' });
    plan(world, siteOf(windows, { port: 22099 }));
    expect(valuesIn(world, 'Sessions\\bai-demo')).toEqual({
      ...first,
      PortNumber: 22099,
      FontHeight: 20,
      WinTitle: 'mine',
    });
  });

  test.each([
    ['949', '%C7%D0%BD%C0%201', '학습 1'],
    ['932', '%8Aw%8FK', '学習'],
    ['1252', 'M%FCnchen', 'München'],
    ['65001', '%ED%95%99%EC%8A%B5', '학습'],
  ])(
    'a session whose name is in code page %s keeps it, and is called by it',
    (acp, stored, name) => {
      const site = siteOf(windows);
      const world = new World(windows, {}, { [codePageKey]: { ACP: acp } });
      plan(world, site);
      const session = world.registry.get(`${root}\\Sessions\\bai-demo`);
      if (session) world.registry.set(`${root}\\Sessions\\${stored}`, session);
      world.registry.delete(`${root}\\Sessions\\bai-demo`);
      expect(nameIn(world, site)).toBe(name);
      plan(world, { ...site, port: 22099 });
      expect(valuesIn(world, `Sessions\\${stored}`)).toMatchObject({ PortNumber: 22099 });
      world.apply(putty.unplan(site, windows, announced(world, putty)));
      expect([...world.registry.keys()]).toEqual([codePageKey]);
    },
  );

  test('copies stay apart whose names differ in nothing that UTF-8 can tell', () => {
    const site = siteOf(windows);
    const world = new World(windows, {}, { [codePageKey]: { ACP: '949' } });
    plan(world, site);
    const session = world.registry.get(`${root}\\Sessions\\bai-demo`) ?? [];
    // 세션, 세선
    const copies = ['%BC%BC%BC%C7', '%BC%BC%BC%B1'];
    for (const copy of copies) world.registry.set(`${root}\\Sessions\\${copy}`, new Map(session));
    plan(world, { ...site, port: 22099 });
    for (const copy of copies) {
      expect(valuesIn(world, `Sessions\\${copy}`)).toMatchObject({ PortNumber: 22099 });
    }
  });

  test.each([
    ['949', 'C:\\Users\\김철수 똠방\\demo.ppk', true],
    ['949', 'C:\\Users\\Müller\\demo.ppk', false],
    ['932', 'C:\\Users\\田中 ﾀﾅｶ\\demo.ppk', true],
    ['1252', 'C:\\Users\\Müller €\\demo.ppk', true],
    ['1252', 'C:\\Users\\김철수\\demo.ppk', false],
    ['65001', 'C:\\Users\\김철수 Müller\\demo.ppk', true],
  ])('with code page %s PuTTY can open %s: %s', (acp, ppkPath, isWritable) => {
    const world = new World(windows, {}, { [codePageKey]: { ACP: acp } });
    const site = siteOf(windows, { ppkPath });
    for (const client of [putty, kitty]) {
      const planning = () => client.plan(site, windows, announced(world, client));
      if (isWritable) expect(planning()).not.toEqual([]);
      else {
        expect(planning).toThrow(
          expect.objectContaining({ code: 'client-code-page', client: client.id }),
        );
      }
    }
  });

  test("a user's own session of that name is left alone, in whatever case", () => {
    const world = new World(windows, {}, { [`${root}\\Sessions\\BAI-Demo`]: { HostName: 'mine' } });
    const before = valuesIn(world, 'Sessions\\BAI-Demo');
    plan(world, siteOf(windows));
    plan(world, siteOf(windows, { id: 'demo-99999999' }));
    expect(valuesIn(world, 'Sessions\\BAI-Demo')).toEqual(before);
    expect(nameIn(world, siteOf(windows))).toBe('bai-demo-2');
    expect(nameIn(world, siteOf(windows, { id: 'demo-99999999' }))).toBe('bai-demo-3');
  });

  test('a session that the user renamed is kept up under its new name', () => {
    const world = new World(windows);
    plan(world, siteOf(windows));
    const values = world.registry.get(`${root}\\Sessions\\bai-demo`);
    world.registry.delete(`${root}\\Sessions\\bai-demo`);
    if (values) world.registry.set(`${root}\\Sessions\\GPU%20box`, values);
    plan(world, siteOf(windows, { port: 1 }));
    expect(nameIn(world, siteOf(windows))).toBe('GPU box');
    expect(valuesIn(world, 'Sessions\\GPU%20box')).toHaveProperty('PortNumber', 1);
    expect(world.registry.has(`${root}\\Sessions\\bai-demo`)).toBe(false);
  });

  test('values of the wrong type, which PuTTY ignores, are put right', () => {
    const world = new World(windows);
    plan(world, siteOf(windows));
    world.registry.get(`${root}\\Sessions\\bai-demo`)?.set('PortNumber', { type: 'sz', data: '1' });
    plan(world, siteOf(windows));
    expect(valuesIn(world, 'Sessions\\bai-demo')).toHaveProperty('PortNumber', 22022);
  });

  test('host keys of other types under the same name go, all others stay', () => {
    const world = new World(
      windows,
      {},
      {
        [`${root}\\SshHostKeys`]: {
          'ssh-ed25519@22:demo-1a2b3c4d': '0x1,0x2',
          'rsa2@22:demo-1a2b3c4d': 'old',
          'rsa2@22:example.org': 'kept',
          'rsa2@2222:demo-1a2b3c4d': 'kept',
        },
      },
    );
    plan(world, siteOf(windows));
    expect(valuesIn(world, 'SshHostKeys')).toEqual({
      'rsa2@22:demo-1a2b3c4d': rsaValue,
      'rsa2@22:example.org': 'kept',
      'rsa2@2222:demo-1a2b3c4d': 'kept',
    });
  });
});

test.each([
  ['demo', 'bai-demo'],
  ['my session', 'bai-my session'],
  ['학습-1', 'bai-demo-1a2b3c4d'],
  ['a/b', 'bai-a-b'],
  [' padded ', 'bai-padded'],
  ['x'.repeat(65), 'bai-demo-1a2b3c4d'],
])('session %s is saved as %s', (name, expected) => {
  expect(nameIn(new World(windows), siteOf(windows, { name }))).toBe(expected);
});

describe('off Windows', () => {
  test('a session is a file of lines', () => {
    const world = new World(linux);
    plan(world, siteOf(linux));
    expect(world.text('/home/kim/.putty/sessions/bai-demo')).toBe(
      'HostName=127.0.0.1\nProtocol=ssh\nPortNumber=22022\nUserName=work\n' +
        'PublicKeyFile=/home/kim/keys/demo.ppk\nLogHost=demo-1a2b3c4d\nProxyMethod=0\n' +
        'Present=1\nAuthGSSAPI=0\nWinTitle=demo - Backend.AI\n',
    );
    expect(world.text('/home/kim/.putty/sshhostkeys')).toBe(`rsa2@22:demo-1a2b3c4d ${rsaValue}\n`);
  });

  test('lines that are not ours stay byte for byte, CRLF, odd bytes and missing line end too', () => {
    const file = '/home/kim/.putty/sessions/GPU%20box';
    const before = Buffer.concat([
      Buffer.from('LogHost=demo-1a2b3c4d\r\nPortNumber=1\r\nnonsense\r\n\r\nWinTitle='),
      Buffer.from([0xc0, 0xff, 0x0d, 0x0a]),
      Buffer.from('Protocol=ssh\r\nPortNumber=2\r\nUserName=work'),
    ]);
    const world = new World(linux, { [file]: before });
    plan(world, siteOf(linux));
    expect(world.files.get(file)?.toString('latin1')).toBe(
      'LogHost=demo-1a2b3c4d\r\nPortNumber=22022\r\nnonsense\r\n\r\nWinTitle=\xc0\xff\r\n' +
        'Protocol=ssh\r\nPortNumber=2\r\nUserName=work\r\nHostName=127.0.0.1\r\n' +
        'PublicKeyFile=/home/kim/keys/demo.ppk\r\nProxyMethod=0',
    );
    expect(nameIn(world, siteOf(linux))).toBe('GPU box');
  });

  test.each(['a 1\rb 2\r', 'a 1\r\nb 2\r', 'a 1\nb 2\r', 'a 1'])(
    'a last line that does not end as others do comes back: %j',
    (text) => {
      const keys = '/home/kim/.putty/sshhostkeys';
      const world = new World(linux, { [keys]: text });
      plan(world, siteOf(linux));
      expect(world.text(keys).startsWith(text)).toBe(true);
      expect(world.text(keys)).toMatch(/\nrsa2@22:demo-1a2b3c4d \S+$/);
      world.apply(putty.unplan(siteOf(linux), linux, world));
      expect(world.text(keys)).toBe(text);
    },
  );

  test('the host key replaces that of another type where it stood', () => {
    const world = new World(linux, {
      '/home/kim/.putty/sshhostkeys':
        'rsa2@22:a 0x1\nssh-ed25519@22:demo-1a2b3c4d 0x3,0x4\nrsa2@22:demo-1a2b3c4d 0x5\nrsa2@22:b 0x2',
    });
    plan(world, siteOf(linux, { hostKeyBlob: rsaBlob }));
    expect(world.text('/home/kim/.putty/sshhostkeys')).toBe(
      `rsa2@22:a 0x1\nrsa2@22:demo-1a2b3c4d ${rsaValue}\nrsa2@22:b 0x2`,
    );
  });

  test.each([
    [
      '~/.config/putty, if it exists',
      {},
      { '/home/kim/.config/putty/x': '' },
      '/home/kim/.config/putty',
    ],
    ['$XDG_CONFIG_HOME', { XDG_CONFIG_HOME: '/xdg' }, { '/xdg/putty/x': '' }, '/xdg/putty'],
    ['$PUTTYDIR', { PUTTYDIR: '/pd' }, { '/home/kim/.config/putty/x': '' }, '/pd'],
    ['else ~/.putty', { XDG_CONFIG_HOME: '/xdg' }, {}, '/home/kim/.putty'],
  ])('settings are in %s', (_, env, files, expected) => {
    const world = new World({ ...linux, env }, files);
    plan(world, siteOf(linux));
    expect([...world.files.keys()].filter((name) => !(name in files)).sort()).toEqual([
      `${expected}/sessions/bai-demo`,
      `${expected}/sshhostkeys`,
    ]);
  });

  test('parts of the settings may be elsewhere', () => {
    const env = { PUTTYSESSIONS: '/s', PUTTYSSHHOSTKEYS: '/h/keys' };
    const world = new World({ ...linux, env });
    plan(world, siteOf(linux));
    expect([...world.files.keys()].sort()).toEqual(['/h/keys', '/s/bai-demo']);
  });
});

describe('detecting PuTTY', () => {
  const detect = (world: World) => putty.detect(world.machine, announced(world, putty));

  test('nothing there', () => {
    expect(detect(new World(windows)).found).toBe(false);
    expect(detect(new World(linux)).found).toBe(false);
  });

  test('its program', () => {
    const program = 'C:\\Program Files\\PuTTY\\PUTTY.EXE';
    expect(detect(new World(windows, { [program]: '' }))).toEqual({
      found: true,
      why: `${program} is there`,
    });
    expect(detect(new World(linux, { '/usr/bin/plink': '' })).found).toBe(true);
  });

  test('its saved sessions, but not host keys that FileZilla left', () => {
    const cache = { [`${root}\\SshHostKeys`]: { 'rsa2@22:x': '0x1' } };
    expect(detect(new World(windows, {}, cache)).found).toBe(false);
    const sessions = { [`${root}\\Sessions\\mine`]: { HostName: 'x' } };
    expect(detect(new World(windows, {}, sessions)).found).toBe(true);
    // As it is once ours was the last one and is taken out.
    expect(detect(new World(windows, {}, { [`${root}\\Sessions`]: {} })).found).toBe(false);
    expect(detect(new World(linux, { '/home/kim/.putty/sessions/mine': '' })).found).toBe(true);
  });
});

test('an Ed25519 host key is cached by its coordinates', () => {
  const world = new World(windows);
  plan(world, siteOf(windows, { hostKeyBlob: ed25519Blob }));
  expect(Object.keys(valuesIn(world, 'SshHostKeys'))).toEqual(['ssh-ed25519@22:demo-1a2b3c4d']);
});

describe('a session that starts the tunnel itself', () => {
  const proxyCommand = ['C:\\Program Files\\bai-win\\bai-win.exe', 'proxy', 'demo-1a2b3c4d'];

  test('names a host that does not exist, and the command with each backslash doubled', () => {
    const world = new World(windows);
    const site = siteOf(windows, { proxyCommand, puttyProxy: true });
    plan(world, siteOf(windows));
    plan(world, site);
    expect(valuesIn(world, 'Sessions\\bai-demo')).toMatchObject({
      HostName: 'demo-1a2b3c4d',
      PortNumber: 22,
      ProxyMethod: 5,
      ProxyTelnetCommand: '"C:\\\\Program Files\\\\bai-win\\\\bai-win.exe" proxy demo-1a2b3c4d',
      LogHost: 'demo-1a2b3c4d',
    });
    expect(putty.plan(site, windows, world)).toEqual([]);
    plan(world, siteOf(windows));
    expect(valuesIn(world, 'Sessions\\bai-demo')).toMatchObject({
      HostName: '127.0.0.1',
      PortNumber: 22022,
      ProxyMethod: 0,
    });
  });

  test.each([windows, linux])('leaves nothing of that when it goes back: $platform', (machine) => {
    const world = new World(machine);
    const byPort = siteOf(machine, { proxyCommand });
    plan(world, byPort);
    const before = world.state();
    plan(world, { ...byPort, puttyProxy: true });
    plan(world, byPort);
    expect(world.state()).toEqual(before);
    plan(world, { ...byPort, puttyProxy: true });
    // Another program, as of an installation that is gone, and a site that needs no tunnel now.
    plan(world, { ...siteOf(machine), puttyProxy: true });
    expect(world.state()).toEqual(before);
  });

  test('keeps a command and a log that are the user’s', () => {
    const world = new World(windows);
    plan(world, siteOf(windows));
    const session = world.registry.get(`${root}\\Sessions\\bai-demo`);
    session?.set('ProxyTelnetCommand', { type: 'sz', data: 'nc %host %port' });
    session?.set('ProxyLogToTerm', { type: 'dword', data: 2 });
    expect(putty.plan(siteOf(windows), windows, world)).toEqual([]);
  });

  test('uses the port where the command is for others, or where there is none', () => {
    const world = new World(windows);
    const byPort = putty.plan(siteOf(windows), windows, world);
    for (const other of [
      { proxyCommand },
      { proxyCommand, puttyProxy: false },
      { puttyProxy: true },
    ]) {
      expect(putty.plan(siteOf(windows, other), windows, world)).toEqual(byPort);
    }
  });
});

test('how to open a session is told with its name', () => {
  const world = new World(windows);
  expect(putty.howToOpen(siteOf(windows, { name: 'my box' }), windows, world)).toEqual([
    'session bai-my box > Open',
    'putty -load "bai-my box"',
  ]);
});

test('how to open a session is told for plink where that alone is installed', () => {
  const open = (files: Record<string, string>): string[] => {
    const world = new World(linux, files);
    return putty.howToOpen(siteOf(linux), linux, announced(world, putty));
  };
  expect(open({ '/usr/bin/plink': '' })).toEqual(['plink -load bai-demo']);
  expect(open({ '/usr/bin/plink': '', '/usr/local/bin/putty': '' })[1]).toBe(
    'putty -load bai-demo',
  );
});
