/** What people make of our sessions in the clients' own windows. */
import { describe, expect, test } from 'vitest';
import type { Exporter, Machine } from '../../src/exporters/exporter.js';
import { kitty } from '../../src/exporters/kitty/exporter.js';
import { putty } from '../../src/exporters/putty/exporter.js';
import { winscp } from '../../src/exporters/winscp/exporter.js';
import type { Site } from '../../src/exporters/site.js';
import { announced, linux, siteOf, windows, World } from './world.js';

const puttyFolder = `${linux.home}/.putty/sessions`;
const SOFTWARE = 'HKEY_CURRENT_USER\\Software';

/** Gives a saved session other values, as saving it under another name does. */
type Copy = (world: World, to: string, values: Record<string, string | number>) => void;

function copyKey(sessions: string, from: string): Copy {
  return (world, to, values) => {
    const copy = new Map(world.registry.get(`${SOFTWARE}\\${sessions}\\${from}`));
    for (const [name, data] of Object.entries(values)) {
      copy.set(name, typeof data === 'number' ? { type: 'dword', data } : { type: 'sz', data });
    }
    world.registry.set(`${SOFTWARE}\\${sessions}\\${to}`, copy);
  };
}

const copyFile: Copy = (world, to, values) => {
  let text = world.text(`${puttyFolder}/bai-demo`);
  for (const [name, data] of Object.entries(values)) {
    text = text.replace(new RegExp(`^${name}=.*$`, 'm'), `${name}=${data}`);
  }
  world.files.set(`${puttyFolder}/${to}`, Buffer.from(text));
};

const CLIENTS: [string, Exporter, Machine, Copy][] = [
  ['PuTTY', putty, windows, copyKey('SimonTatham\\PuTTY\\Sessions', 'bai-demo')],
  ['PuTTY in files', putty, linux, copyFile],
  ['KiTTY', kitty, windows, copyKey('9bis.com\\KiTTY\\Sessions', 'bai-demo')],
  ['WinSCP', winscp, windows, copyKey('Martin Prikryl\\WinSCP 2\\Sessions', 'Backend.AI/demo')],
];

describe.each(CLIENTS)('%s', (_name, exporter, machine, copy) => {
  const site = siteOf(machine, { puttyProxy: false });
  const moved: Site = { ...siteOf(machine, { port: 23_023 }), formerPlace: site };

  test('a copy that was made into a session for another server is not touched', () => {
    const world = new World(machine);
    world.apply(exporter.plan(site, machine, announced(world, exporter)));
    const other = { HostName: 'my.example', PortNumber: 22, UserName: 'alice' };
    const own = { PortNumber: 8022, PublicKeyFile: 'D:\\own.ppk' };
    copy(world, 'other', other);
    copy(world, 'tunnel', own);
    copy(world, 'Default%20Settings', {});
    world.apply(exporter.unplan(site, machine, announced(world, exporter)));
    const theirs = world.state();
    expect(JSON.stringify(theirs)).toContain('my.example');

    world.apply(exporter.plan(site, machine, announced(world, exporter)));
    world.apply(exporter.plan(moved, machine, announced(world, exporter)));
    world.apply(exporter.unplan({ ...moved }, machine, announced(world, exporter)));
    expect(world.state()).toEqual(theirs);
  });

  test('a copy that still leads to the session goes where that goes', () => {
    const world = new World(machine);
    world.apply(exporter.plan(site, machine, announced(world, exporter)));
    copy(world, 'mine', { UserName: 'alice' });
    world.apply(exporter.plan(moved, machine, announced(world, exporter)));
    expect(JSON.stringify(world.state()).match(/23023/g)?.length).toBeGreaterThanOrEqual(2);
    world.apply(exporter.unplan(moved, machine, announced(world, exporter)));
    expect(world.state()).toEqual(new World(machine).state());
  });
});
