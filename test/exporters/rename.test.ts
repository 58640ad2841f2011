/** A site that gets another name takes its entries along, and nothing of anybody else. */
import { describe, expect, test } from 'vitest';
import type { Exporter } from '../../src/exporters/exporter.js';
import { filezilla } from '../../src/exporters/filezilla/exporter.js';
import { kitty } from '../../src/exporters/kitty/exporter.js';
import { mobaxterm } from '../../src/exporters/mobaxterm/exporter.js';
import { openssh } from '../../src/exporters/openssh/exporter.js';
import { putty } from '../../src/exporters/putty/exporter.js';
import { terminal } from '../../src/exporters/terminal/exporter.js';
import { winscp } from '../../src/exporters/winscp/exporter.js';
import { announced, linux, siteOf, windows, World } from './world.js';

const HKCU = 'HKEY_CURRENT_USER\\Software';
const puttyKey = `${HKCU}\\SimonTatham\\PuTTY\\Sessions`;
const roaming = 'C:\\Users\\kim\\AppData\\Roaming';

/** Machines with an entry of the user's that has the new name. */
const worlds: readonly (readonly [string, Exporter, () => World, string | undefined])[] = [
  [
    'PuTTY',
    putty,
    () => new World(windows, {}, { [`${puttyKey}\\bai-new`]: { HostName: 'x' } }),
    'bai-new',
  ],
  [
    'PuTTY off Windows',
    putty,
    () => new World(linux, { '/home/kim/.putty/sessions/bai-new': 'HostName=x\n' }),
    'bai-new',
  ],
  [
    'KiTTY',
    kitty,
    () =>
      new World(
        windows,
        {},
        { [`${HKCU}\\9bis.com\\KiTTY\\Sessions\\bai-new`]: { HostName: 'x' } },
      ),
    'bai-new',
  ],
  [
    'portable KiTTY',
    kitty,
    () =>
      new World(windows, {
        'C:\\Program Files\\KiTTY\\kitty.ini': '[KiTTY]\nsavemode=dir\n',
        'C:\\Program Files\\KiTTY\\Sessions\\bai-new': 'HostName\\x\\\n',
      }),
    'bai-new',
  ],
  [
    'WinSCP',
    winscp,
    () =>
      new World(
        windows,
        {},
        { [`${HKCU}\\Martin Prikryl\\WinSCP 2\\Sessions\\Backend.AI/new`]: { HostName: 'x' } },
      ),
    'Backend.AI/new',
  ],
  [
    'WinSCP.ini',
    winscp,
    () =>
      new World(windows, {
        [`${roaming}\\WinSCP.ini`]: '[Sessions\\Backend.AI/new]\r\nHostName=x\r\n',
      }),
    'Backend.AI/new',
  ],
  [
    'OpenSSH',
    openssh,
    () => new World(linux, { '/home/kim/.ssh/config': 'Host new.bai\n  Port 1\n' }),
    'new.bai',
  ],
  [
    'FileZilla',
    filezilla,
    () =>
      new World(linux, {
        '/home/kim/.config/filezilla/sitemanager.xml':
          '<FileZilla3>\n\t<Servers>\n\t\t<Folder>Backend.AI<Server>\n\t\t\t<Host>x</Host>\n\t\t\t<Name>new</Name>\n\t\t</Server>\n\t\t</Folder>\n\t</Servers>\n</FileZilla3>\n',
      }),
    'new',
  ],
  ['Windows Terminal', terminal, () => new World(windows), undefined],
  ['MobaXterm', mobaxterm, () => new World(windows), undefined],
];

describe.each(worlds)('in %s', (_, exporter, make, taken) => {
  const { machine } = make();
  const site = siteOf(machine);
  const renamed = siteOf(machine, { name: 'new', formerName: site.name });
  const plan = (world: World, wanted = site): void => {
    world.apply(exporter.plan(wanted, machine, announced(world, exporter)));
  };

  test('an entry is renamed around that of the user, which is told, and once only', () => {
    const world = make();
    const before = world.state();
    plan(world);
    const asDemo = world.state();
    expect(exporter.takenName?.(renamed, machine, announced(world, exporter))).toBe(taken);
    const told = exporter.howToOpen(renamed, machine, announced(world, exporter));
    plan(world, renamed);
    expect(exporter.howToOpen(siteOf(machine, { name: 'new' }), machine, world)).toEqual(told);
    expect(told.join('\n')).toMatch(taken === undefined ? /new|\.mxtsessions/ : /new[ -]2/);
    expect(exporter.plan(siteOf(machine, { name: 'new' }), machine, world)).toEqual([]);
    plan(world, { ...site, formerName: 'new' });
    expect(world.state()).toEqual(asDemo);
    world.apply(exporter.unplan(site, machine, announced(world, exporter)));
    expect(world.state()).toEqual(before);
  });
});

test('what the user called otherwise keeps its name, and what they changed goes along', () => {
  const world = new World(windows, {}, { [`${puttyKey}\\mine`]: { LogHost: 'demo-1a2b3c4d' } });
  const renamed = siteOf(windows, { name: 'new', formerName: 'demo' });
  world.apply(putty.plan(renamed, windows, announced(world, putty)));
  expect(world.registrySubkeys(puttyKey)).toEqual(['mine']);

  const other = new World(windows);
  other.apply(putty.plan(siteOf(windows), windows, announced(other, putty)));
  other.registry.get(`${puttyKey}\\bai-demo`)?.set('FontHeight', { type: 'dword', data: 22 });
  other.apply(putty.plan(renamed, windows, announced(other, putty)));
  expect(other.registrySubkeys(puttyKey)).toEqual(['bai-new']);
  expect(other.registry.get(`${puttyKey}\\bai-new`)?.get('FontHeight')?.data).toBe(22);
});
