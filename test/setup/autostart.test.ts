import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fingerprintTree, leftovers } from '../cli/support/scratch-home.js';
import { useDemoAndHome } from './support/demo-and-home.js';

const world = useDemoAndHome({ only: ['demo', 'demo-dropbear'] });
const { run, runAlone } = world;
const entry = (): string => join(world.home.path, '.config', 'autostart', 'bai-win.desktop');

describe.runIf(process.platform === 'linux')('bai-win autostart', () => {
  it('is switched on and off, says which it is, and can be taken back', async () => {
    expect((await runAlone('autostart')).stderr).toContain('nothing starts when you log on');
    const before = await leftovers(world.home.path);

    const on = await runAlone('autostart', 'on');
    expect(on).toMatchObject({ code: 0, stdout: '' });
    expect(on.stderr).toContain(`written     ${entry()}\n`);
    expect(on.stderr).toContain('warning: no desktop runs here');
    expect(await readFile(entry(), 'utf8')).toContain('bai-win.cjs" "up"\n');
    expect((await runAlone('autostart')).stderr).toContain(`whenever you log on: ${entry()}; `);
    expect((await runAlone('autostart', 'on')).stderr).toContain('it was on already\n');

    expect((await runAlone('undo')).code).toBe(0);
    expect(await leftovers(world.home.path)).toEqual(before);
    expect((await runAlone('autostart', 'off')).stderr).toBe('it was off already\n');
  });

  it('writes nothing in a dry run, and tells programs the same', async () => {
    const before = await fingerprintTree(world.home.path);
    const dry = await runAlone('autostart', 'on', '--dry-run');
    expect(dry.stdout).toContain(`+++ ${entry()}\n`);
    const { stdout } = await runAlone('autostart', 'on', '--dry-run', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      on: true,
      place: entry(),
      dryRun: true,
      changes: [{ action: 'create', subject: entry() }],
    });
    expect(JSON.parse((await runAlone('autostart', '--json')).stdout)).toEqual({
      on: false,
      disabled: false,
      place: entry(),
    });
    expect(await fingerprintTree(world.home.path)).toEqual(before);
  });

  it('is left alone by setup and remove, which says so when nothing is left to open', async () => {
    for (const name of ['demo', 'demo-dropbear']) {
      expect((await run('setup', name, '--for', 'putty', '--json')).code).toBe(0);
    }
    expect((await runAlone('autostart', 'on')).code).toBe(0);
    const written = await readFile(entry());
    expect((await runAlone('remove', 'demo')).stderr).not.toContain('log on');
    expect((await runAlone('remove', 'demo-dropbear')).stderr).toContain(
      'still starts when you log on; to end that, type: bai-win autostart off\n',
    );
    expect(await readFile(entry())).toEqual(written);
  });

  it('switches an entry on that was switched off in the desktop, and undo off again', async () => {
    const mine = '[Desktop Entry]\nName=mine\nHidden=true\n';
    await mkdir(dirname(entry()), { recursive: true });
    await writeFile(entry(), mine);
    expect((await runAlone('autostart', 'on')).code).toBe(0);
    expect((await runAlone('autostart')).stderr).toContain('whenever you log on');
    expect((await runAlone('undo')).code).toBe(0);
    expect(await readFile(entry(), 'utf8')).toBe(mine);
  });
});
