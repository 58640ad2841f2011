/** FileZilla whose settings are where its fzdefaults.xml says. */
import { describe, expect, test } from 'vitest';
import type { Machine } from '../../../src/exporters/exporter.js';
import { filezilla } from '../../../src/exporters/filezilla/exporter.js';
import { announced, linux, siteOf, windows, World } from '../world.js';

const defaults = (location: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<FileZilla3>\n\t<Settings>\n\t\t<Setting name="Kiosk mode">0</Setting>\n\t\t<Setting name="Config Location">${location}</Setting>\n\t</Settings>\n</FileZilla3>\n`;

/** The list that is written, the only one. */
function listOf(machine: Machine, files: Record<string, string>, registry = {}): string {
  const world = new World(machine, files, registry);
  const before = new Set(world.files.keys());
  world.apply(filezilla.plan(siteOf(machine), machine, announced(world, filezilla)));
  expect(filezilla.plan(siteOf(machine), machine, announced(world, filezilla))).toEqual([]);
  const lists = [...world.files.keys()].filter((file) => file.endsWith('sitemanager.xml'));
  expect(lists).toHaveLength(1);
  world.apply(filezilla.unplan(siteOf(machine), machine, announced(world, filezilla)));
  expect([...world.files.keys()].filter((file) => !before.has(file))).toEqual([]);
  return lists[0] ?? '';
}

const withEnv = (env: Record<string, string>): Machine => ({
  ...windows,
  env: { ...windows.env, ...env },
});
const roaming = 'C:\\Users\\kim\\AppData\\Roaming\\FileZilla\\sitemanager.xml';
const usb = 'E:\\tools\\FileZilla-3.70.4';
const onUsb = withEnv({ Path: `C:\\Windows;${usb};E:\\other` });

describe('the folder of a portable FileZilla', () => {
  test.each([
    ['config', `${usb}\\config\\sitemanager.xml`],
    ['.', `${usb}\\sitemanager.xml`],
    ['..\\..\\data/settings', 'E:\\data\\settings\\sitemanager.xml'],
    ['D:\\fz', 'D:\\fz\\sitemanager.xml'],
    ['$APPDATA\\fz &amp; co', 'C:\\Users\\kim\\AppData\\Roaming\\fz & co\\sitemanager.xml'],
    ['$$home', `${usb}\\$home\\sitemanager.xml`],
    ['$NOSUCH/x', roaming],
    ['', roaming],
  ])('named %j is %s', (location, list) => {
    const files = {
      [`${usb}\\filezilla.exe`]: '',
      [`${usb}\\fzdefaults.xml`]: defaults(location),
    };
    expect(listOf(onUsb, files)).toBe(list);
  });

  test('is the usual one without fzdefaults.xml, or where that is damaged', () => {
    const program = { [`${usb}\\filezilla.exe`]: '' };
    expect(listOf(onUsb, program)).toBe(roaming);
    expect(listOf(onUsb, { ...program, [`${usb}\\fzdefaults.xml`]: '<FileZilla3' })).toBe(roaming);
  });

  test('counts only where none is installed, unless FZ_DATADIR names it', () => {
    const files = {
      [`${usb}\\filezilla.exe`]: '',
      [`${usb}\\fzdefaults.xml`]: defaults('config'),
    };
    const registry = { 'HKEY_LOCAL_MACHINE\\Software\\FileZilla Client': { Version: '3.69.1' } };
    const program = { 'C:\\Program Files\\FileZilla FTP Client\\filezilla.exe': '' };
    expect(listOf(onUsb, files, registry)).toBe(roaming);
    expect(listOf(onUsb, { ...files, ...program })).toBe(roaming);
    const told = withEnv({ FZ_DATADIR: usb });
    expect(listOf(told, { ...files, ...program }, registry)).toBe(
      `${usb}\\config\\sitemanager.xml`,
    );
  });

  test('is found where PortableApps has it', () => {
    const root = 'C:\\Users\\kim\\PortableApps\\FileZillaPortable';
    const files = {
      [`${root}\\App\\filezilla\\filezilla.exe`]: '',
      [`${root}\\App\\filezilla\\fzdefaults.xml`]: defaults('..\\..\\Data\\settings'),
    };
    expect(listOf(windows, files)).toBe(`${root}\\Data\\settings\\sitemanager.xml`);
    const world = new World(windows, files);
    expect(filezilla.detect(windows, announced(world, filezilla)).found).toBe(true);
  });

  test('off Windows is what /etc or the own settings say', () => {
    expect(listOf(linux, { '/etc/filezilla/fzdefaults.xml': defaults('/srv/fz') })).toBe(
      '/srv/fz/sitemanager.xml',
    );
    const own = { '/home/kim/.config/filezilla/fzdefaults.xml': defaults('$HOME/fz') };
    const machine = { ...linux, env: { HOME: '/home/kim' } };
    expect(listOf(machine, own)).toBe('/home/kim/fz/sitemanager.xml');
  });
});
