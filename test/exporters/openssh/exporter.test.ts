import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Site } from '../../../src/exporters/site.js';
import { openssh } from '../../../src/exporters/openssh/exporter.js';
import { announced, ed25519Blob, linux, rsaBlob, siteOf, windows, World } from '../world.js';

const config = '/home/kim/.ssh/config';
const own = '/home/kim/.ssh/bai-win/config';
const knownHosts = '/home/kim/.ssh/bai-win/known_hosts';
const about =
  '# Sessions of Backend.AI, kept up by: bai-win setup, which replaces what is between these lines';
const section = `# >>> bai-win >>>\n${about}\nInclude "${own}"\n# <<< bai-win <<<\n`;
/** The section as earlier versions wrote it. */
const formerSection = section.replace(/, which .*/, '');

function plan(world: World, site: Site): void {
  world.apply(openssh.plan(site, world.machine, announced(world, openssh)));
}

function unplan(world: World, site: Site): void {
  world.apply(openssh.unplan(site, world.machine, announced(world, openssh)));
}

const commandFor = (world: World, site: Site): string | undefined =>
  openssh.howToOpen(site, world.machine, announced(world, openssh))[1];

test('on Linux', () => {
  const world = new World(linux);
  plan(world, siteOf(linux, { proxyCommand: ["/opt/it's/bai-win", 'proxy', '100%'] }));
  expect(world.text(config)).toBe(section);
  expect(world.text(own)).toBe(`# Written by bai-win, which replaces what is changed here.
# bai-win:demo-1a2b3c4d
Host demo.bai
  HostName 127.0.0.1
  Port 22022
  User work
  IdentityFile "/home/kim/keys/demo"
  IdentitiesOnly yes
  HostKeyAlias demo-1a2b3c4d
  HostKeyAlgorithms rsa-sha2-256,rsa-sha2-512
  UserKnownHostsFile "/home/kim/.ssh/bai-win/known_hosts"
  StrictHostKeyChecking yes
  UpdateHostKeys no
  ProxyCommand '/opt/it'\\''s/bai-win' proxy 100%%
`);
  expect(world.text(knownHosts)).toBe(`demo-1a2b3c4d ssh-rsa ${rsaBlob.toString('base64')}\n`);
  expect(commandFor(world, siteOf(linux))).toBe('ssh demo.bai');
});

test('on Windows with slashes', () => {
  const world = new World(windows);
  const proxyCommand = ['C:\\Program Files\\bai-win\\bai-win.exe', 'proxy', 'demo'];
  plan(world, siteOf(windows, { proxyCommand, hostKeyBlob: ed25519Blob }));
  const text = world.text('C:\\Users\\kim\\.ssh\\bai-win\\config');
  expect(text).toContain('  IdentityFile "C:/Users/kim/keys/demo"\n');
  expect(text).toContain('  ProxyCommand "C:/Program Files/bai-win/bai-win.exe" proxy demo\n');
  expect(text).toContain('  HostKeyAlgorithms ssh-ed25519\n');
  expect(world.text('C:\\Users\\kim\\.ssh\\config')).toContain('\nInclude bai-win/config\n');
});

describe("the user's config", () => {
  const line = fc.constantFrom(
    'Host *',
    'Host demo.bai other',
    '  HostName example.org',
    '# a comment',
    '',
    '\tIdentityFile ~/.ssh/\xed\x95\x9c',
    'Include config.d/*',
    'Match exec "test 1 = 1"',
    '\x00\xff odd bytes',
  );

  test('keeps every byte outside of our section; twice is once; taking out undoes', () => {
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.constantFrom('', '\xef\xbb\xbf'),
        (lines, eol, open, mark) => {
          fc.pre(lines.join('') !== '');
          const text = mark + lines.join(eol) + (open ? '' : eol);
          const before = Buffer.from(text, 'latin1');
          const world = new World(linux, { [config]: before });
          const sites = [siteOf(linux), siteOf(linux, { id: 'x-1', name: 'demo' })];
          for (const site of sites) plan(world, site);
          for (const site of sites) expect(openssh.plan(site, linux, world)).toEqual([]);
          const after = world.files.get(config)?.toString('latin1') ?? '';
          const crlf = /\r?\n/.exec(text)?.[0] === '\r\n';
          const ours = crlf ? section.replaceAll('\n', '\r\n') : section;
          expect(after).toBe(mark + ours + text.slice(mark.length));
          for (const site of sites) unplan(world, site);
          expect(world.state()).toEqual(new World(linux, { [config]: before }).state());
        },
      ),
      { numRuns: 60 },
    );
  });

  test('is made where there is none, and goes again', () => {
    const world = new World(linux);
    plan(world, siteOf(linux));
    unplan(world, siteOf(linux));
    expect(world.files.size).toBe(0);
  });

  test('stays where it was there, without a byte', () => {
    const world = new World(linux, { [config]: '' });
    const sites = [siteOf(linux), siteOf(linux, { id: 'x-1', name: 'demo' })];
    for (const site of sites) plan(world, site);
    const marked = section.replace(about, `${about} (this file was empty before)`);
    expect(world.text(config)).toBe(marked);
    expect(openssh.plan(siteOf(linux), linux, world)).toEqual([]);
    for (const site of sites) unplan(world, site);
    expect(world.state()).toEqual(new World(linux, { [config]: '' }).state());
  });

  test('keeps our section where the user moved it, and gets the current text', () => {
    const moved = `# Host x\nUser kim\n${section.replace('Include', '#Include')}Host y\n`;
    const world = new World(linux, { [config]: moved });
    plan(world, siteOf(linux));
    expect(world.text(config)).toBe(`# Host x\nUser kim\n${section}Host y\n`);
  });

  const mine = 'Host mine\r\n  User kim\r\n\n# Include bai-win/config of mine\n';

  test.each([
    ['below our lines', section.replace('# <<<', `${mine}# <<<`)],
    ['above our lines', section.replace(about, `${mine}${about}`)],
    ['of an earlier version', formerSection.replace('Include', `${mine}Include`)],
    [
      'of another home',
      section.replace(
        /Include .*/,
        `Include "/old \\"home\\"/.ssh/bai-win/config"\n${mine.trimEnd()}`,
      ),
    ],
  ])('keeps lines that somebody put into our section, %s', (_, text) => {
    const [above, below] = ['# first\n', '  Port 2\nHost y'];
    const world = new World(linux, { [config]: above + text + below });
    plan(world, siteOf(linux));
    expect(world.text(config)).toBe(above + section + mine + below);
    expect(openssh.plan(siteOf(linux), linux, world)).toEqual([]);

    world.files.set(config, Buffer.from(above + text + below));
    unplan(world, siteOf(linux));
    expect(world.text(config)).toBe(above + mine + below);
  });

  test('leaves lines of our section where they were when that moves to the top', () => {
    const text = `Host x\n${section.replace('# <<<', '  Port 2\n# <<<')}  User kim\n`;
    const world = new World(linux, { [config]: text });
    plan(world, siteOf(linux));
    expect(world.text(config)).toBe(`${section}Host x\n  Port 2\n  User kim\n`);
  });

  test('stays, without a byte, where an earlier version noted that it was so', () => {
    const former = formerSection.replace(/setup$/m, 'setup (this file was empty before)');
    const world = new World(linux, { [config]: former });
    plan(world, siteOf(linux));
    expect(world.text(config)).toContain(`${about} (this file was empty before)\n`);
    unplan(world, siteOf(linux));
    expect(world.text(config)).toBe('');
  });

  test.each(['Host x', '\tHOST=x', 'Match user kim', 'match all\r'])(
    'gets our section back to its top from below "%s", where it would hold for some hosts only',
    (line) => {
      const [above, below] = [`# first\n${line}\n  User kim\n`, 'Host y\n  Port 2'];
      const world = new World(linux, { [config]: above + section + below });
      plan(world, siteOf(linux));
      expect(world.text(config)).toBe(section + above + below);
    },
  );

  test.each([
    ['UTF-16LE', '\xff\xfeH\0o\0s\0t\0'],
    ['UTF-16BE', '\xfe\xff\0H\0o\0s\0t'],
    ['UTF-16 without mark', 'H\0o\0s\0t\0'],
  ])('in %s, as PowerShell writes, is refused: ssh cannot read it', (_encoding, text) => {
    const world = new World(linux, { [config]: Buffer.from(text, 'latin1') });
    expect(() => {
      plan(world, siteOf(linux));
    }).toThrow(`${config} is in UTF-16, which the program that it belongs to cannot read`);
  });

  test.each([
    ['no end', section.replace('# <<< bai-win <<<\n', '')],
    ['no begin', section.replace('# >>> bai-win >>>\n', '')],
    ['two sections', section + section],
    ['the wrong order', '# <<< bai-win <<<\n# >>> bai-win >>>\n'],
  ])('with %s is refused', (_, text) => {
    const world = new World(linux, { [config]: text });
    expect(() => {
      plan(world, siteOf(linux));
    }).toThrow(expect.objectContaining({ code: 'ssh-config-markers' }) as Error);
    expect(world.files.size).toBe(1);
  });
});

test('markers that do not match are named with their lines', () => {
  const world = new World(linux, { [config]: `Host x\n${section}User kim\n${section}` });
  expect(() => {
    plan(world, siteOf(linux));
  }).toThrow(/the first stands in line 2 and 7, the second in line 5 and 10$/);
});

describe('names', () => {
  test("of the user's own hosts and of other sites are not taken", () => {
    const world = new World(linux, { [config]: 'host = "Demo.BAI" demo-2.bai\n' });
    plan(world, siteOf(linux, { id: 'a' }));
    plan(world, siteOf(linux, { id: 'b' }));
    expect(world.text(own).match(/^Host .*/gm)).toEqual(['Host demo-3.bai', 'Host demo-4.bai']);
    unplan(world, siteOf(linux, { id: 'a' }));
    expect(openssh.plan(siteOf(linux, { id: 'b' }), linux, world)).toEqual([]);
    expect(commandFor(world, siteOf(linux, { id: 'b' }))).toBe('ssh demo-4.bai');
  });

  test.each(['학습-1', '*', '.'])('of a session called %s are made of the site', (name) => {
    expect(commandFor(new World(linux), siteOf(linux, { name }))).toBe('ssh demo-1a2b3c4d.bai');
  });

  test.each([
    ['a b', 'a-b'],
    ['-x', 'x'],
    ['demo@api.example.com', 'demo-api.example.com'],
  ])('%s become %s.bai, which ssh takes for no pattern and no option', (name, alias) => {
    expect(commandFor(new World(linux), siteOf(linux, { name }))).toBe(`ssh ${alias}.bai`);
  });
});

test("bytes of another encoding stay in our own files, beside other sites' lines", () => {
  const world = new World(linux);
  plan(world, siteOf(linux, { id: 'x-1', name: 'other' }));
  const odd = Buffer.from('# \xb3\xbb \xbc\xad\xb9\xf6\n', 'latin1');
  for (const path of [own, knownHosts]) {
    world.files.set(path, Buffer.concat([world.files.get(path) ?? Buffer.alloc(0), odd]));
  }
  plan(world, siteOf(linux, { keyPath: '/home/kim/열쇠' }));
  for (const path of [own, knownHosts]) {
    expect(world.files.get(path)?.includes(odd), path).toBe(true);
  }
  expect(world.text(own)).toContain('IdentityFile "/home/kim/열쇠"\n');
});

describe('our own config', () => {
  const mine = '# mine\r\nHost mine\r\n  User kim\n';
  const header = '# Written by bai-win, which replaces what is changed here.\n';
  const [a, b] = [siteOf(linux, { id: 'a' }), siteOf(linux, { id: 'b' })];
  const both = new World(linux);
  plan(both, a);
  plan(both, b);
  const written = both.text(own);
  const entryB = written.slice(written.indexOf('# bai-win:b'));
  const state = (text: string): Record<string, string> => ({
    [config]: section,
    [own]: text,
    [knownHosts]: both.text(knownHosts),
  });

  test.each([
    ['above the entries', header + mine + written.slice(header.length), header + mine],
    ['above our header', mine + written, header + mine],
    ['between them', written.replace(entryB, mine + entryB), header + mine],
    ['below them', written + mine.trimEnd(), header + mine.trimEnd()],
    ['of another editor', `\xef\xbb\xbf${written.replace('\n', '\r\n')}${mine}`, header + mine],
  ])('keeps what others have put there, %s', (_, text, left) => {
    const world = new World(linux, state(''));
    world.files.set(own, Buffer.from(text, 'latin1'));
    const moved = [a, b].map((site) => ({ ...site, port: 1 }));
    for (const site of [...moved, siteOf(linux, { id: 'c' })]) plan(world, site);
    expect(world.text(own)).toContain(mine.trimEnd());
    expect(world.text(own).match(/^# bai-win:./gm)).toHaveLength(3);
    expect(world.text(own).match(/Port 1\n/g)).toHaveLength(2);
    for (const site of moved) expect(openssh.plan(site, linux, world)).toEqual([]);
    for (const site of [...moved, siteOf(linux, { id: 'c' })]) unplan(world, site);
    expect(world.text(own).trimEnd()).toBe(left.trimEnd());
    // What stays there is still read.
    expect(world.text(config)).toBe(section);
  });

  test('that is somebody else’s is refused, and left alone by remove', () => {
    const world = new World(linux, { [config]: section, [own]: mine });
    expect(() => {
      plan(world, a);
    }).toThrow(expect.objectContaining({ code: 'ssh-config-not-ours' }) as Error);
    unplan(world, a);
    expect(world.text(own)).toBe(mine);
  });

  test.each([own, knownHosts])('saved as UTF-16 is refused: %s', (path) => {
    const world = new World(linux, state(written));
    world.files.set(path, Buffer.from(`\ufeff${world.text(path)}`, 'utf16le'));
    const before = world.state();
    for (const change of [plan, unplan]) {
      expect(() => {
        change(world, a);
      }).toThrow(`${path} is in UTF-16`);
    }
    expect(world.state()).toEqual(before);
  });
});

test('only the stale parts change with the port or the host key', () => {
  const world = new World(linux);
  plan(world, siteOf(linux));
  plan(world, siteOf(linux, { id: 'other', name: 'other' }));
  const paths = (site: Site) =>
    openssh.plan(site, linux, world).map((change) => (change.kind === 'file' ? change.path : ''));
  expect(paths(siteOf(linux, { port: 1 }))).toEqual([own]);
  expect(paths(siteOf(linux, { hostKeyBlob: ed25519Blob }))).toEqual([knownHosts, own]);
});

test('detecting OpenSSH', () => {
  const detect = (world: World) => openssh.detect(world.machine, announced(world, openssh));
  expect(detect(new World(linux)).found).toBe(false);
  expect(detect(new World(linux, { '/usr/bin/ssh': '' })).why).toBe('/usr/bin/ssh is there');
  expect(detect(new World(linux, { [config]: '' })).found).toBe(true);
  const system = { ...windows, env: { SystemRoot: 'C:\\Windows' } };
  const ssh = 'C:\\Windows\\System32\\OpenSSH\\ssh.exe';
  expect(detect(new World(system, { [ssh]: '' })).why).toBe(`${ssh} is there`);
});
