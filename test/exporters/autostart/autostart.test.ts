import { describe, expect, test } from 'vitest';
import type { BaiError } from '../../../src/errors.js';
import {
  autostartPlace,
  hasLogOn,
  autostartSetting,
  planAutostart,
  startsOther,
} from '../../../src/exporters/autostart/autostart.js';
import type { Machine } from '../../../src/exporters/exporter.js';
import { linux, windows, World } from '../world.js';

const RUN = 'HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Run';
const APPROVED =
  'HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\StartupApproved\\Run';
const mac: Machine = { ...linux, platform: 'darwin' };
const entry = `${linux.home}/.config/autostart/bai-win.desktop`;
const agent = `${linux.home}/Library/LaunchAgents/bai-win.plist`;
const command = ['/usr/bin/node', '/opt/bai win/bai-win.cjs', 'up'];
const windowsCommand = ['C:\\Program Files\\nodejs\\node.exe', 'C:\\bai-win\\bai-win.cjs', 'up'];

describe.each([
  ['Windows', windows, windowsCommand],
  ['Linux', linux, command],
  ['macOS', mac, command],
] as const)('on %s', (_name, machine, argv) => {
  test('is on, then off again, and everything else is as it was', () => {
    const world = new World(machine, {}, { [RUN]: { OneDrive: '"C:\\OneDrive.exe" /background' } });
    const before = world.state();
    expect(autostartSetting(machine, world)).toBe('off');
    world.apply(planAutostart(argv, machine, world));
    expect(autostartSetting(machine, world)).toBe('on');
    expect(planAutostart(argv, machine, world)).toEqual([]);
    world.apply(planAutostart(null, machine, world));
    expect(world.state()).toEqual(before);
    expect(planAutostart(null, machine, world)).toEqual([]);
  });

  test('follows a program that moved', () => {
    const world = new World(machine);
    const moved = ['/new/node', ...argv.slice(1)];
    world.apply(planAutostart(argv, machine, world));
    expect(startsOther(argv, machine, world)).toBe(false);
    expect(startsOther(moved, machine, world)).toBe(true);
    world.apply(planAutostart(moved, machine, world));
    expect(startsOther(moved, machine, world)).toBe(false);
    expect(planAutostart(moved, machine, world)).toEqual([]);
  });
});

test('on Windows it is one value of the key that Windows reads', () => {
  const [change, ...others] = planAutostart(windowsCommand, windows, new World(windows));
  expect(others).toEqual([]);
  expect(change).toMatchObject({
    key: RUN,
    name: 'bai-win',
    keepKey: true,
    after: {
      type: 'sz',
      data: '"C:\\Program Files\\nodejs\\node.exe" C:\\bai-win\\bai-win.cjs up',
    },
  });
  expect(autostartPlace(windows)).toBe(`${RUN}\\bai-win`);
});

describe('switched off in Task Manager', () => {
  const off = { type: 'binary', data: '030000001122334455667788' } as const;
  const approved = { type: 'binary', data: '020000000000000000000000' } as const;
  const switchedOff = (): World => {
    const world = new World(windows);
    world.registry.set(APPROVED, new Map([['OneDrive', off]]));
    world.apply(planAutostart(windowsCommand, windows, world));
    world.registry.get(APPROVED)?.set('bai-win', off);
    return world;
  };

  test('it is off, until Windows has noted that it is on', () => {
    const world = switchedOff();
    expect(autostartSetting(windows, world)).toBe('disabled');
    world.registry.get(APPROVED)?.set('bai-win', approved);
    expect(autostartSetting(windows, world)).toBe('on');
    expect(planAutostart(windowsCommand, windows, world)).toEqual([]);
  });

  test.each([windowsCommand, null])('its note goes with %j, and that of others stays', (argv) => {
    const world = switchedOff();
    world.apply(planAutostart(argv, windows, world));
    expect(autostartSetting(windows, world)).toBe(argv === null ? 'off' : 'on');
    expect([...(world.registry.get(APPROVED) ?? [])]).toEqual([['OneDrive', off]]);
  });
});

test('Windows would cut a long command', () => {
  const long = ['C:\\node.exe', `C:\\${'x'.repeat(260)}\\bai-win.cjs`, 'up'];
  expect(() => planAutostart(long, windows, new World(windows))).toThrow(
    expect.objectContaining<Partial<BaiError>>({ code: 'autostart-command-too-long' }),
  );
});

test('arguments are quoted as the Desktop Entry Specification wants it', () => {
  const odd = ['/bin/node', '/opt/a"b`c$d\\e%f/한글.cjs', 'up'];
  const world = new World(linux);
  world.apply(planAutostart(odd, linux, world));
  expect(world.text(entry)).toContain(
    'Exec="/bin/node" "/opt/a\\\\"b\\\\`c\\\\$d\\\\\\\\e%%f/한글.cjs" "up"\n',
  );
});

test('a property list escapes what XML has a use for', () => {
  const world = new World(mac);
  world.apply(planAutostart(['/opt/R&D <1>/node', 'up'], mac, world));
  expect(world.text(agent)).toContain('<string>/opt/R&amp;D &lt;1&gt;/node</string>');
});

test('what a person changed in the file stays, and a switched off entry is off', () => {
  const world = new World(linux);
  world.apply(planAutostart(command, linux, world));
  const changed = `${world.text(entry)}X-GNOME-Autostart-Delay=20\n`;
  world.files.set(entry, Buffer.from(changed));
  expect(autostartSetting(linux, world)).toBe('on');
  expect(planAutostart(['/new/node', 'up'], linux, world)).toEqual([]);
  for (const mark of ['Hidden=true', 'X-GNOME-Autostart-enabled=false']) {
    world.files.set(entry, Buffer.from(`${changed}${mark}\n`));
    expect(autostartSetting(linux, world), mark).toBe('disabled');
  }
  world.apply(planAutostart(command, linux, world));
  expect(autostartSetting(linux, world)).toBe('on');
});

test('a Linux computer without a desktop has no log-on that starts anything', () => {
  expect(hasLogOn(windows)).toBe(true);
  expect(hasLogOn({ ...linux, env: {} })).toBe(false);
  expect(hasLogOn({ ...linux, env: { XDG_CURRENT_DESKTOP: 'GNOME' } })).toBe(true);
});
