import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BaiError } from '../../../src/errors.js';
import type { Site } from '../../../src/exporters/site.js';
import { winscp } from '../../../src/exporters/winscp/exporter.js';
import { mungeName, mungeText, unmunge } from '../../../src/exporters/winscp/munge.js';
import { announced, ed25519Blob, linux, siteOf, windows, World } from '../world.js';

const root = 'HKEY_CURRENT_USER\\Software\\Martin Prikryl\\WinSCP 2';
const ini = 'C:\\Users\\kim\\AppData\\Roaming\\WinSCP.ini';
// Of fixtures/exporters/putty/host-keys.txt.
const pin = 'ssh-rsa 2048 NQ5NKT1JnzFAUuL8sYYGNMvsns+kjo04BFLOPJZNXLc';
const site = siteOf(windows, { ppkPath: 'C:\\Users\\kim\\my keys\\데모.ppk' });

function plan(world: World, wanted: Site): void {
  world.apply(winscp.plan(wanted, windows, announced(world, winscp)));
}

function unplan(world: World, wanted: Site): void {
  world.apply(winscp.unplan(wanted, windows, announced(world, winscp)));
}

// The reference's own example, and its rules for Unicode.
test.each([
  ['C:\\Users\\a b\\k.ppk', 'C:%5CUsers%5Ca%20b%5Ck.ppk'],
  ['학', '%EF%BB%BF%ED%95%99'],
  ['100%', '100%25'],
])('%s is stored as %s', (text, munged) => {
  expect(mungeText(text)).toBe(munged);
  expect(unmunge(munged)).toBe(text);
});

test('munging is undone by reading', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      fc.pre(!text.startsWith('\ufeff'));
      expect(unmunge(mungeText(text))).toBe(text);
      expect(unmunge(mungeName(text))).toBe(text);
    }),
  );
});

describe('in the registry', () => {
  test('a site in a folder, its host key pinned', () => {
    const world = new World(windows);
    plan(world, site);
    const values = world.registry.get(`${root}\\Sessions\\Backend.AI/demo`);
    expect(Object.fromEntries(values ?? [])).toEqual({
      HostName: { type: 'sz', data: '127.0.0.1' },
      PortNumber: { type: 'dword', data: 22022 },
      UserName: { type: 'sz', data: 'work' },
      PublicKeyFile: {
        type: 'sz',
        data: '%EF%BB%BFC:%5CUsers%5Ckim%5Cmy%20keys%5C%EB%8D%B0%EB%AA%A8.ppk',
      },
      LogicalHostName: { type: 'sz', data: 'demo-1a2b3c4d' },
      SshHostKey: { type: 'sz', data: pin.replaceAll(' ', '%20') },
      FSProtocol: { type: 'dword', data: 2 },
      ProxyMethod: { type: 'dword', data: 0 },
      RemoteDirectory: { type: 'sz', data: '/home/work' },
    });
    expect(winscp.plan(site, windows, world)).toEqual([]);
    unplan(world, site);
    expect(world.registry.size).toBe(0);
  });

  test('through a command, which is not munged', () => {
    const world = new World(windows);
    const proxyCommand = ['C:\\bai win\\bai-win.exe', 'proxy', '100%'];
    plan(world, { ...site, proxyCommand, puttyProxy: true });
    expect(
      world.registry.get(`${root}\\Sessions\\Backend.AI/demo`)?.get('ProxyTelnetCommand'),
    ).toEqual({
      type: 'sz',
      data: '"C:\\\\bai win\\\\bai-win.exe" proxy 100%%',
    });
  });

  test.each([
    ['registry', {}],
    ['ini file', { [ini]: '[Configuration]\r\n' }],
  ])('leaves nothing of the command when it goes back, in the %s', (_, files) => {
    const world = new World(windows, files);
    const byPort = { ...site, proxyCommand: ['bai-win.exe', 'proxy', site.id] };
    plan(world, byPort);
    const before = world.state();
    plan(world, { ...byPort, puttyProxy: true });
    expect(JSON.stringify(world.state())).toContain('ProxyTelnetCommand');
    plan(world, byPort);
    expect(world.state()).toEqual(before);
  });

  test("a user's own site of that name is numbered around; Unicode names stay", () => {
    const key = `${root}\\Sessions\\Backend.AI/demo`;
    const world = new World(windows, {}, { [key]: { HostName: 'mine' } });
    plan(world, site);
    expect(winscp.howToOpen(site, windows, world)[1]).toBe('WinSCP.exe "Backend.AI/demo 2"');
    expect(world.registry.get(key)?.size).toBe(1);
    const hangul = { ...site, id: 'h-1', name: '학습' };
    plan(world, hangul);
    expect(winscp.howToOpen(hangul, windows, world)[0]).toBe('Backend.AI > 학습 > Login');
    expect([...world.registry.keys()].at(-1)).toBe(
      `${root}\\Sessions\\%EF%BB%BFBackend.AI/%ED%95%99%EC%8A%B5`,
    );
  });

  test('another ini file that the registry names is not guessed at', () => {
    const world = new World(
      windows,
      {},
      { [`${root}\\Configuration`]: { IniFile: 'D:%5CWinSCP.ini' } },
    );
    let error: unknown;
    try {
      plan(world, site);
    } catch (thrown) {
      error = thrown;
    }
    expect((error as BaiError).code).toBe('winscp-ini-elsewhere');
    expect((error as BaiError).message).toContain('D:\\WinSCP.ini');
  });
});

describe('in WinSCP.ini', () => {
  test('UTF-16 is refused: our lines would be no text among its own', () => {
    const content = Buffer.from('\ufeff[Configuration]\r\nx=1\r\n', 'utf16le');
    const world = new World(windows, { [ini]: content });
    expect(() => winscp.plan(site, windows, world)).toThrow(`${ini} is in UTF-16`);
  });

  const user =
    '; mine\r\n[Configuration\\Interface]\r\nRandom=1\r\n\r\n[Sessions\\Backend.AI/demo]\r\n' +
    'HostName=mine\r\nUserName=%EF%BB%BF%ED%95%99\r\n\r\n[SshHostKeys]\r\nrsa2@22:x=0x1\r\n';

  test('a section at the end', () => {
    const world = new World(windows, { [ini]: user });
    plan(world, { ...site, hostKeyBlob: ed25519Blob });
    expect(world.text(ini)).toBe(
      `${user}[Sessions\\Backend.AI/demo%202]\r\nHostName=127.0.0.1\r\nPortNumber=22022\r\n` +
        'UserName=work\r\nPublicKeyFile=%EF%BB%BFC:%5CUsers%5Ckim%5Cmy%20keys%5C%EB%8D%B0%EB%AA%A8.ppk\r\n' +
        'LogicalHostName=demo-1a2b3c4d\r\n' +
        'SshHostKey=ssh-ed25519%20255%204NvoAaYYI+DaUpGxyyFYH4pfQb75rYRcIKMlw3miozk\r\n' +
        'FSProtocol=2\r\nProxyMethod=0\r\nRemoteDirectory=/home/work\r\n',
    );
    expect(world.registry.size).toBe(0);
  });

  test('is changed in its own lines only, as WinSCP writes it anew', () => {
    // WinSCP leaves out what is default and sorts sections.
    const saved = `[Sessions\\renamed]\r\nPortNumber=1\r\nLogicalHostName=demo-1a2b3c4d\r\nColor=3\r\n\r\n${user}`;
    const world = new World(windows, { [ini]: saved });
    plan(world, site);
    const text = world.text(ini);
    expect(
      text.endsWith(`PortNumber=22022\r\nLogicalHostName=demo-1a2b3c4d\r\nColor=3\r\n\r\n${user}`),
    ).toBe(true);
    expect(text.match(/HostName=127\.0\.0\.1/g)).toHaveLength(1);
    expect(winscp.plan(site, windows, world)).toEqual([]);
    unplan(world, site);
    expect(world.text(ini)).toBe(user);
  });

  test('every other byte stays; twice is once; taking out undoes', () => {
    const line = fc.constantFrom(
      '[Sessions\\mine]',
      '[Sessions\\Backend.AI/demo]',
      '[Configuration]',
      'HostName=x',
      'LogicalHostName=other',
      '; a comment',
      '',
      '\x00\xff=\xfe',
      '[broken',
    );
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1 }),
        fc.boolean(),
        fc.boolean(),
        (lines, crlf, open) => {
          const eol = crlf ? '\r\n' : '\n';
          const text = lines.join(eol) + (open ? '' : eol);
          fc.pre(text !== '');
          const before = Buffer.from(text, 'latin1');
          const world = new World(windows, { [ini]: before });
          plan(world, site);
          expect(winscp.plan(site, windows, world)).toEqual([]);
          const after = world.files.get(ini)?.toString('latin1') ?? '';
          expect(after.startsWith(text)).toBe(true);
          const moved = { ...site, port: 1 };
          plan(world, moved);
          unplan(world, moved);
          expect(world.files.get(ini)?.equals(before)).toBe(true);
        },
      ),
    );
  });
});

test('detecting WinSCP', () => {
  const detect = (world: World) => winscp.detect(world.machine, announced(world, winscp)).found;
  expect(detect(new World(windows))).toBe(false);
  expect(detect(new World(windows, { [ini]: '' }))).toBe(true);
  expect(detect(new World(windows, { 'C:\\Program Files\\WinSCP\\WinSCP.exe': '' }))).toBe(true);
  expect(detect(new World(windows, {}, { [`${root}\\Configuration`]: { a: 1 } }))).toBe(true);
  expect(detect(new World(windows, {}, { [`${root}\\Sessions`]: {} }))).toBe(false);
  expect(detect(new World(linux))).toBe(false);
  expect(winscp.plan(siteOf(linux), linux, new World(linux))).toEqual([]);
});
