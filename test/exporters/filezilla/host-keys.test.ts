import { describe, expect, test } from 'vitest';
import { MemorySnapshot } from '../../../src/changes/memory-snapshot.js';
import { filezilla } from '../../../src/exporters/filezilla/exporter.js';
import { pinnedPorts } from '../../../src/exporters/plan-all.js';
import { announced, ed25519Blob, linux, rsaBlob, siteOf, windows, World } from '../world.js';
import type { Registry } from '../world.js';

const appData = 'C:\\Users\\kim\\AppData\\Roaming\\FileZilla';
const file = `${appData}\\hostkeys.xml`;
const cache = 'HKEY_CURRENT_USER\\Software\\SimonTatham\\PuTTY\\SshHostKeys';
const blob = rsaBlob.toString('base64');
const site = siteOf(windows);

const rootOf = (version: string): string =>
  `<FileZilla3 version="${version}" platform="windows">\n</FileZilla3>\n`;
const installed = (version: string, hive = 'HKEY_LOCAL_MACHINE\\Software'): Registry => ({
  [`${hive}\\FileZilla Client`]: { Version: version },
});

function planned(files: Record<string, string>, registry: Registry): World {
  const world = new World(
    windows,
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`${appData}\\${name}`, text])),
    registry,
  );
  world.apply(filezilla.plan(site, windows, announced(world, filezilla)));
  return world;
}

describe('the host key goes where this FileZilla looks', () => {
  const both = ['putty', 'xml'];
  test.each<[string, string[], Record<string, string>, Registry]>([
    ['nothing known', ['putty'], {}, {}],
    ['3.69 installed', ['putty'], {}, installed('3.69.1')],
    ['3.71 installed, never started', ['xml'], {}, installed('3.71.0')],
    ['3.70 beta', ['xml'], {}, installed('3.70.0-beta1')],
    ['3.71 for this user only', ['xml'], {}, installed('3.71.0', 'HKEY_CURRENT_USER\\Software')],
    [
      '3.71 by a 32-bit installer',
      ['xml'],
      {},
      installed('3.71.0', 'HKEY_LOCAL_MACHINE\\Software\\WOW6432Node'),
    ],
    ['settings of 3.71', ['xml'], { 'filezilla.xml': rootOf('3.71.0') }, {}],
    ['settings of 3.63', ['putty'], { 'filezilla.xml': rootOf('3.63.0') }, {}],
    ['settings without version', ['putty'], { 'filezilla.xml': '<FileZilla3></FileZilla3>' }, {}],
    ['damaged settings', ['putty'], { 'filezilla.xml': '<FileZilla3 "<' }, {}],
    ['a list of 3.71', ['xml'], { 'sitemanager.xml': rootOf('3.71.0') }, {}],
    [
      '3.71 installed over 3.63 and not yet started: it will take over the cache',
      ['putty'],
      { 'filezilla.xml': rootOf('3.63.0') },
      installed('3.71.0'),
    ],
    ['3.69 beside a hostkeys.xml', both, { 'hostkeys.xml': rootOf('3.71.0') }, installed('3.69.0')],
    ['unknown beside a hostkeys.xml', both, { 'hostkeys.xml': rootOf('3.71.0') }, {}],
    [
      '3.71 with hostkeys.xml, settings still of 3.63',
      ['xml'],
      { 'hostkeys.xml': rootOf('3.71.0'), 'filezilla.xml': rootOf('3.63.0') },
      installed('3.71.0'),
    ],
  ])('%s', (_, expected, files, registry) => {
    const world = planned(files, registry);
    const found = [
      world.registry.get(cache)?.has('rsa2@22022:127.0.0.1') ? 'putty' : '',
      world.files.get(file)?.includes(blob) ? 'xml' : '',
    ].filter(Boolean);
    expect(found).toEqual(expected);
  });
});

describe('hostkeys.xml', () => {
  const withKeys = (inside: string): string =>
    `<?xml version="1.0"?>\n<FileZilla3 version="3.71.0" platform="windows">\n${inside}</FileZilla3>\n`;
  const ours = `\t<Server Host="127.0.0.1" Port="22022">\n\t\t<Hostkey>${blob}</Hostkey>\n\t</Server>\n`;
  const other = `\t<Server Host="127.0.0.1" Port="22">\n\t\t<Hostkey>eA==</Hostkey>\n\t</Server>\n`;

  test('is begun as FileZilla writes it, and goes with its last key', () => {
    const world = planned({}, installed('3.71.0'));
    expect(world.text(file)).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n<FileZilla3>\n${ours}</FileZilla3>\n`,
    );
    world.apply(filezilla.unplan(site, windows, world));
    expect(world.files.size).toBe(0);
  });

  test('keeps the keys of other servers', () => {
    const world = planned({ 'hostkeys.xml': withKeys(other) }, {});
    expect(world.text(file)).toBe(withKeys(other + ours));
    world.apply(filezilla.unplan(site, windows, world));
    expect(world.text(file)).toBe(withKeys(other));
  });

  test('gets the new key in the place of the old ones, allowed algorithms stay', () => {
    const stale =
      `\t<Server Host="127.0.0.1" Port="22022">\n\t\t<Hostkey>eA==</Hostkey>\n\t\t<Hostkey>eQ==</Hostkey>\n` +
      `\t\t<AllowedInsecureAlgorithms>ssh-rsa</AllowedInsecureAlgorithms>\n\t</Server>\n`;
    const world = planned({ 'hostkeys.xml': withKeys(stale + other) }, {});
    expect(world.text(file)).toBe(
      withKeys(
        `\t<Server Host="127.0.0.1" Port="22022">\n\t\t<Hostkey>${blob}</Hostkey>\n` +
          `\t\t<AllowedInsecureAlgorithms>ssh-rsa</AllowedInsecureAlgorithms>\n\t</Server>\n${other}`,
      ),
    );
  });

  test('drops other keys beside the right one, and fills an entry without any', () => {
    const two = ours.replace('\t</Server>', '\t\t<Hostkey>eA==</Hostkey>\n\t</Server>');
    expect(planned({ 'hostkeys.xml': withKeys(two) }, {}).text(file)).toBe(withKeys(ours));
    const none = '\t<Server Host="127.0.0.1" Port="22022" />\n';
    expect(planned({ 'hostkeys.xml': withKeys(none) }, {}).text(file)).toContain(
      `\n\t\t<Hostkey>${blob}</Hostkey>\n`,
    );
  });

  test('keeps a key that is no longer ours when the site goes', () => {
    const world = planned({ 'hostkeys.xml': withKeys('') }, {});
    const text = world.text(file);
    const later = { ...site, hostKeyBlob: ed25519Blob };
    const changes = filezilla.unplan(later, windows, world);
    expect(changes.filter(({ stage }) => stage === 'host-key')).toEqual([]);
    expect(world.text(file)).toBe(text);
  });

  const begin = '\t<Server Host="127.0.0.1" Port="22022">\n';
  const key = (text: string): string => `\t\t<Hostkey>${text}</Hostkey>\n`;
  const allowed = '\t\t<AllowedInsecureAlgorithms>ssh-rsa</AllowedInsecureAlgorithms>\n';
  test.each([
    ['an entry without any key', begin + allowed + '\t</Server>\n', undefined],
    ['an entry with nothing in it', begin + '\t</Server>\n', undefined],
    ['an empty tag', '\t<Server Host="127.0.0.1" Port="22022"/>\n', undefined],
    ["another's key", begin + key('eA==') + '\t</Server>\n', undefined],
    [
      'what stands beside our key',
      begin + allowed + key(blob) + '\t</Server>\n',
      begin + allowed + '\t</Server>\n',
    ],
    [
      "another's key beside ours",
      begin + key(blob) + key('eA==') + '\t</Server>\n',
      begin + key('eA==') + '\t</Server>\n',
    ],
    [
      'a remark beside our key',
      begin + '\t\t<!-- mine -->\n' + key(blob) + '\t</Server>\n',
      begin + '\t\t<!-- mine -->\n\t</Server>\n',
    ],
  ])('keeps %s when the site goes', (_, before, after = before) => {
    const world = new World(windows, { [file]: withKeys(before) });
    world.apply(filezilla.unplan(site, windows, announced(world, filezilla)));
    expect(world.text(file)).toBe(withKeys(after));
  });

  test('takes its key out of an empty tag again, byte for byte', () => {
    const none = withKeys('\t<Server Host="127.0.0.1" Port="22022"/>\n');
    const world = planned({ 'hostkeys.xml': none }, {});
    expect(world.text(file)).toContain(blob);
    world.apply(filezilla.unplan(site, windows, announced(world, filezilla)));
    expect(world.text(file)).toBe(none);
  });
});

test("off Windows the key goes to PuTTY's file", () => {
  const world = new World(linux);
  world.apply(filezilla.plan(siteOf(linux), linux, announced(world, filezilla)));
  expect(world.text('/home/kim/.putty/sshhostkeys')).toMatch(/^rsa2@22022:127\.0\.0\.1 0x10001,0x/);
});

describe('detecting FileZilla', () => {
  const detect = (world: World) => filezilla.detect(world.machine, announced(world, filezilla));

  test('by its installer, its program or its settings', () => {
    expect(detect(new World(windows)).found).toBe(false);
    expect(detect(new World(windows, {}, installed('3.63.0')))).toEqual({
      found: true,
      why: 'FileZilla 3.63.0 is installed',
    });
    expect(detect(new World(linux, { '/usr/bin/filezilla': '' })).why).toBe(
      '/usr/bin/filezilla is there',
    );
    expect(detect(new World(windows, { [`${appData}\\layout.xml`]: '' })).why).toContain(appData);
    const { files, directories } = filezilla.sources(linux);
    const emptied = new MemorySnapshot({
      files: files.map((name) => [name, null]),
      directories: directories.map((name) => [
        name,
        name.endsWith('/.config/filezilla') ? [] : null,
      ]),
    });
    expect(filezilla.detect(linux, emptied).found).toBe(false);
  });
});

test.each([
  ['XDG_CONFIG_HOME', { XDG_CONFIG_HOME: '/xdg' }, {}, '/xdg/filezilla'],
  ['~/.config by default', {}, {}, '/home/kim/.config/filezilla'],
  [
    '~/.filezilla where only that exists',
    {},
    { '/home/kim/.filezilla/x': '' },
    '/home/kim/.filezilla',
  ],
  [
    '~/.config where that exists',
    { XDG_CONFIG_HOME: '/xdg' },
    { '/home/kim/.config/filezilla/x': '' },
    '/home/kim/.config/filezilla',
  ],
])('the list is in %s', (_, env, files, expected) => {
  const world = new World({ ...linux, env }, files);
  world.apply(filezilla.plan(siteOf(linux), world.machine, announced(world, filezilla)));
  expect(world.files.has(`${expected}/sitemanager.xml`)).toBe(true);
});

test('where clients went before, the key that we put there is forgotten, and no other', () => {
  for (const version of ['3.63.0', '3.71.0']) {
    const own = `<Server Host="127.0.0.1" Port="41"><Hostkey>${ed25519Blob.toString('base64')}</Hostkey></Server>`;
    const list = `<FileZilla3 version="${version}" platform="windows">${own}</FileZilla3>`;
    const world = planned(
      { 'filezilla.xml': rootOf(version), 'hostkeys.xml': list },
      { [cache]: { 'dss@41:127.0.0.1': '0x1,0x2' } },
    );
    const before = world.state();
    const move = (from: typeof site, port: number): typeof site => {
      const { host, hostKeyBlob } = from;
      const moved = { ...site, port, formerPlace: { host, port: from.port, hostKeyBlob } };
      world.apply(filezilla.plan(moved, windows, announced(world, filezilla)));
      return moved;
    };
    move(move(site, site.port + 1), site.port);
    expect(world.state()).toEqual(before);
    // The user's own are at a place that it never left.
    move({ ...site, port: 41 }, site.port);
    expect(world.state()).toEqual(before);
  }
});

test('the ports of this computer that it knows host keys for are told, wherever those are', () => {
  const keys = { [cache]: { 'ssh-ed25519@25751:127.0.0.1': '0x1', 'rsa2@22:example.org': '0x1' } };
  const files = {
    [file]: `<FileZilla3><Server Host="127.0.0.1" Port="25752"><Hostkey>AA==</Hostkey></Server><Server Host="example.org" Port="22"/></FileZilla3>`,
  };
  const pinned = (world: World) => filezilla.pinnedPorts?.(windows, announced(world, filezilla));
  expect(pinned(new World(windows, files, keys))).toEqual([25751, 25752]);
  expect(pinned(new World(windows, files, { ...keys, ...installed('3.71.0') }))).toEqual([25752]);
  expect(pinned(new World(windows))).toEqual([]);
  const damaged = new World(windows, { [file]: '<FileZilla3' }, keys);
  expect(pinnedPorts([filezilla], windows, damaged)).toEqual(new Set());
});
