import { expect, test } from 'vitest';
import type { BaiError } from '../../../src/errors.js';
import { openssh } from '../../../src/exporters/openssh/exporter.js';
import { planAll, unplanAll } from '../../../src/exporters/plan-all.js';
import { terminal } from '../../../src/exporters/terminal/exporter.js';
import { announced, linux, siteOf, windows, World } from '../world.js';

const file =
  'C:\\Users\\kim\\AppData\\Local\\Microsoft\\Windows Terminal\\Fragments\\bai-win\\sessions.json';
const own = 'C:\\Users\\kim\\.ssh\\bai-win\\config';
const site = siteOf(windows);
const hangul = siteOf(windows, { id: 'h-1', name: '학습 1' });

test('a profile starts ssh with our own config', () => {
  const world = new World(windows);
  world.apply(terminal.plan(site, windows, announced(world, terminal)));
  world.apply(terminal.plan(hangul, windows, announced(world, terminal)));
  const guids = [...world.text(file).matchAll(/"guid": "(.*)"/g)].map(([, guid]) => guid);
  expect(world.text(file)).toBe(`{
  "profiles": [
    {
      "guid": "${guids[0] ?? ''}",
      "name": "demo (Backend.AI)",
      "commandline": "ssh.exe -F C:\\\\Users\\\\kim\\\\.ssh\\\\bai-win\\\\config demo.bai"
    },
    {
      "guid": "${guids[1] ?? ''}",
      "name": "학습 1 (Backend.AI)",
      "commandline": "ssh.exe -F C:\\\\Users\\\\kim\\\\.ssh\\\\bai-win\\\\config h-1.bai"
    }
  ]
}
`);
  for (const guid of guids) {
    expect(guid).toMatch(
      /^\{[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\}$/,
    );
  }
  expect(guids[0]).not.toBe(guids[1]);
  expect(world.text(own)).toContain('Host demo.bai\n');
  expect(terminal.plan(site, windows, world)).toEqual([]);

  world.apply(unplanAll([terminal], [hangul, site], windows, world));
  expect(world.files.size).toBe(0);
});

test('our ssh config stays while the user has it included', () => {
  const world = new World(windows);
  world.apply(planAll([openssh, terminal], [site], windows, world));
  world.apply(terminal.unplan(site, windows, announced(world, terminal)));
  expect(world.files.has(file)).toBe(false);
  expect(world.text(own)).toContain('Host demo.bai\n');
  world.apply(planAll([terminal], [site], windows, world));
  world.apply(unplanAll([openssh, terminal], [site], windows, world));
  expect(world.files.size).toBe(0);
});

test('a stale profile is put right where it stands, others stay', () => {
  const world = new World(windows);
  world.apply(planAll([terminal], [site, hangul], windows, world));
  const text = world.text(file);
  world.files.set(file, Buffer.from(text.replace('demo.bai', 'old')));
  world.apply(terminal.plan(site, windows, world));
  expect(world.text(file)).toBe(text);
});

test.each(['{', '[]', '{"profiles": {}}', '{"profiles": [1]}'])('%s is refused', (text) => {
  const world = new World(windows, { [file]: text });
  for (const ask of ['plan', 'unplan'] as const) {
    let code = '';
    try {
      terminal[ask](site, windows, world);
    } catch (error) {
      code = (error as BaiError).code;
    }
    expect(code).toBe('terminal-fragment-unreadable');
  }
});

test('Windows Terminal is known by its alias, and only on Windows', () => {
  const detect = (world: World) => terminal.detect(world.machine, announced(world, terminal)).found;
  expect(detect(new World(windows))).toBe(false);
  const alias = 'C:\\Users\\kim\\AppData\\Local\\Microsoft\\WindowsApps\\wt.exe';
  expect(detect(new World(windows, { [alias]: '' }))).toBe(true);
  expect(detect(new World(linux))).toBe(false);
  expect(terminal.plan(siteOf(linux), linux, new World(linux))).toEqual([]);
});
