import { expect, test } from 'vitest';
import type { BaiError } from '../../../src/errors.js';
import { mobaxterm } from '../../../src/exporters/mobaxterm/exporter.js';
import { announced, linux, siteOf, windows, World } from '../world.js';

const file = 'C:\\Users\\kim\\AppData\\Roaming\\bai-win\\Backend.AI.mxtsessions';
const site = siteOf(windows);

/** A reader of the format as others describe it: blocks by `#`, fields of the first by `%`. */
function read(line: string): { name: string; icon: string; fields: string[] } {
  const equals = line.indexOf('=');
  const [, icon = '', block = ''] = line.slice(equals + 1).split('#');
  return { name: line.slice(0, equals), icon, fields: block.split('%') };
}

function linesOf(world: World): string[] {
  const lines = world.text(file).split('\r\n');
  expect(lines.slice(0, 3)).toEqual(['[Bookmarks]', 'SubRep=Backend.AI', 'ImgNum=41']);
  expect(lines.at(-1)).toBe('');
  expect(world.text(file)).toMatch(/^[\r\n\x20-\x7e]*$/);
  return lines.slice(3, -1);
}

function plan(world: World, wanted = site): void {
  world.apply(mobaxterm.plan(wanted, windows, announced(world, mobaxterm)));
}

test('an SSH and an SFTP session, with the fields where MobaXterm has them', () => {
  const world = new World(windows);
  plan(world);
  const [ssh, sftp] = linesOf(world).map(read);
  expect(ssh).toMatchObject({ name: 'demo', icon: '109' });
  expect(ssh?.fields).toHaveLength(35);
  expect(ssh?.fields.slice(0, 4)).toEqual(['0', '127.0.0.1', '22022', 'work']);
  expect(ssh?.fields[14]).toBe('C:\\Users\\kim\\keys\\demo.ppk');
  expect(sftp).toMatchObject({ name: 'demo-sftp', icon: '140' });
  expect(sftp?.fields).toHaveLength(17);
  expect(sftp?.fields.slice(0, 4)).toEqual(['7', '127.0.0.1', '22022', 'work']);
  expect(sftp?.fields[9]).toBe('C:\\Users\\kim\\keys\\demo.ppk');
  expect(mobaxterm.plan(site, windows, world)).toEqual([]);
});

test('sessions of several sites, replaced in place and taken out again', () => {
  const world = new World(windows);
  const names = () => linesOf(world).map((line) => read(line).name);
  plan(world);
  plan(world, siteOf(windows, { id: 'demo-2', ppkPath: 'C:\\k;#=.ppk' }));
  plan(world, siteOf(windows, { id: 'h-1', name: '학습 100%' }));
  expect(names()).toEqual(['demo', 'demo-sftp', 'demo-2', 'demo-2-sftp', 'h-1', 'h-1-sftp']);
  expect(world.text(file)).toContain('C:\\k__PTVIRG____DIEZE____EQUAL__.ppk');
  plan(world, { ...site, port: 1 });
  expect(names().slice(0, 3)).toEqual(['demo', 'demo-sftp', 'demo-2']);
  expect(
    linesOf(world)
      .map((line) => read(line).fields[2])
      .slice(0, 3),
  ).toEqual(['1', '1', '22022']);
  for (const id of ['demo-1a2b3c4d', 'demo-2', 'h-1']) {
    world.apply(mobaxterm.unplan(siteOf(windows, { id }), windows, world));
  }
  expect(world.files.size).toBe(0);
});

test.each(['C:\\Users\\김\\k.ppk', 'C:\\100%\\k.ppk'])('%s cannot be written', (ppkPath) => {
  let code = '';
  try {
    plan(new World(windows), { ...site, ppkPath });
  } catch (error) {
    code = (error as BaiError).code;
  }
  expect(code).toBe('mobaxterm-characters');
});

test('MobaXterm is known by its program or its settings, which stay as they are', () => {
  const detect = (world: World) =>
    mobaxterm.detect(world.machine, announced(world, mobaxterm)).found;
  expect(detect(new World(windows))).toBe(false);
  const ini = 'C:\\Users\\kim\\AppData\\Roaming\\MobaXterm\\MobaXterm.ini';
  const world = new World(windows, { [ini]: 'x' });
  expect(detect(world)).toBe(true);
  plan(world);
  expect(world.text(ini)).toBe('x');
  expect(detect(new World(linux))).toBe(false);
  expect(mobaxterm.plan(siteOf(linux), linux, new World(linux))).toEqual([]);
});
