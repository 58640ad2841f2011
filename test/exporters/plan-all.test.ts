import { describe, expect, test } from 'vitest';
import type { Exporter } from '../../src/exporters/exporter.js';
import { filezilla, filezillaSitePath } from '../../src/exporters/filezilla/exporter.js';
import { kitty } from '../../src/exporters/kitty/exporter.js';
import { mobaxterm } from '../../src/exporters/mobaxterm/exporter.js';
import { openssh } from '../../src/exporters/openssh/exporter.js';
import { planAll, unplanAll } from '../../src/exporters/plan-all.js';
import { putty, puttySessionName } from '../../src/exporters/putty/exporter.js';
import { terminal } from '../../src/exporters/terminal/exporter.js';
import { winscp } from '../../src/exporters/winscp/exporter.js';
import { ed25519Blob, linux, siteOf, windows, World } from './world.js';
import { fixture } from './fixtures.js';

const exporters: Exporter[] = [filezilla, putty, openssh, kitty, winscp, terminal, mobaxterm];
const cache = 'HKEY_CURRENT_USER\\Software\\SimonTatham\\PuTTY';

/** Machines as users have them before the first run. */
const worlds: [string, () => World][] = [
  ['a new Linux machine', () => new World(linux)],
  ['a new Windows machine', () => new World(windows)],
  [
    'a used Linux machine',
    () =>
      new World(linux, {
        '/home/kim/.config/filezilla/sitemanager.xml': fixture(
          'filezilla/list-saved-by-filezilla-3.63.xml',
        ),
        '/home/kim/.config/filezilla/hostkeys.xml':
          '<FileZilla3>\r\n  <Server Host="h" Port="22"><Hostkey>eA==</Hostkey></Server>\r\n</FileZilla3>',
        '/home/kim/.putty/sshhostkeys': 'rsa2@22:example.org 0x10001,0x1',
        '/home/kim/.putty/sessions/Default%20Settings': 'FontHeight=14\nnonsense',
        '/home/kim/.putty/sessions/bai-demo': 'HostName=mine\n',
        '/home/kim/.ssh/config': 'Host demo.bai\n  User me',
      }),
  ],
  [
    'a used Windows machine',
    () =>
      new World(
        windows,
        {
          'C:\\Users\\kim\\AppData\\Roaming\\FileZilla\\sitemanager.xml': fixture(
            'filezilla/empty-list-saved-by-filezilla-3.63.xml',
          ),
        },
        {
          'HKEY_LOCAL_MACHINE\\Software\\FileZilla Client': { Version: '3.71.0' },
          [`${cache}\\SshHostKeys`]: { 'rsa2@22:example.org': '0x10001,0x1' },
          [`${cache}\\Sessions\\Default%20Settings`]: { FontHeight: 14 },
          [`${cache}\\Sessions\\bai-demo`]: { HostName: 'mine' },
          'HKEY_CURRENT_USER\\Software\\Martin Prikryl\\WinSCP 2\\Sessions\\Backend.AI/demo': {
            HostName: 'mine',
          },
        },
      ),
  ],
];

describe.each(worlds)('on %s', (_, make) => {
  const { machine } = make();
  const sites = [
    siteOf(machine),
    siteOf(machine, { id: 'demo-2', port: 22023, hostKeyBlob: ed25519Blob }),
    siteOf(machine, { id: 'hangul-3', name: '학습-1', port: 22024 }),
  ];

  test('the plan is the same each time, and once applied there is nothing left to do', () => {
    const world = make();
    const changes = planAll(exporters, sites, machine, world);
    expect(planAll(exporters, sites, machine, make())).toEqual(changes);
    world.apply(changes);
    expect(planAll(exporters, sites, machine, world)).toEqual([]);
    const things = changes.map((c) => (c.kind === 'file' ? c.path : `${c.key}\\${c.name}`));
    expect(new Set(things).size).toBe(things.length);
  });

  test('taking out is the inverse, all at once or one by one, in any order', () => {
    const before = make().state();
    const world = make();
    world.apply(planAll(exporters, sites, machine, world));
    world.apply(unplanAll(exporters, sites, machine, world));
    expect(world.state()).toEqual(before);
    for (const site of sites) world.apply(planAll(exporters, [site], machine, world));
    for (const site of sites) world.apply(unplanAll(exporters, [site], machine, world));
    expect(world.state()).toEqual(before);
    expect(unplanAll(exporters, sites, machine, world)).toEqual([]);
  });

  test('names are the same before and after', () => {
    const world = make();
    const names = () =>
      sites.map((site) => [
        filezillaSitePath(site, machine, world),
        puttySessionName(site, machine, world),
      ]);
    const first = sites[0] as (typeof sites)[0];
    const before = names()[0];
    world.apply(planAll(exporters, [first], machine, world));
    expect(names()[0]).toEqual(before);
  });

  test('only the stale parts change when the port or the host key does', () => {
    const world = make();
    world.apply(planAll(exporters, sites, machine, world));
    const moved = { ...siteOf(machine), port: 30000 };
    const titles = planAll([filezilla, putty], [moved], machine, world).map(({ title }) => title);
    expect(titles.filter((title) => title.startsWith('PuTTY host key'))).toEqual([]);
    const names = new Set(titles.filter((title) => title.includes(' s')));
    expect([...names].sort()).toEqual([
      'FileZilla site "demo"',
      `PuTTY session "${puttySessionName(moved, machine, world)}"`,
    ]);
    const rekeyed = { ...siteOf(machine), hostKeyBlob: ed25519Blob };
    const changed = planAll([filezilla, putty], [rekeyed], machine, world);
    expect(new Set(changed.map(({ stage }) => stage))).toEqual(new Set(['host-key']));
  });
});

test('a change that another undoes is no change', () => {
  const world = new World(linux);
  const undoing: Exporter = {
    ...putty,
    plan: (site, machine, now) => putty.unplan(site, machine, now),
  };
  expect(planAll([putty, undoing], [siteOf(linux)], linux, world)).toEqual([]);
  const onWindows = new World(windows);
  expect(planAll([putty, undoing], [siteOf(windows)], windows, onWindows)).toEqual([]);
});
