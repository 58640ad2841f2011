import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fingerprintTree } from '../cli/support/scratch-home.js';
import { useDemoAndHome } from './support/demo-and-home.js';

const world = useDemoAndHome();
const { run } = world;

/** Every file of other programs, as it is now. */
async function foreignFiles(): Promise<Record<string, string>> {
  const entries = Object.entries(await fingerprintTree(world.home.path));
  const own = join('.local', 'share', 'bai-win');
  return Object.fromEntries(
    entries.filter(([name, entry]) => !name.startsWith(own) && !entry.includes('folder')),
  );
}

describe('undo', () => {
  it('takes back setup after setup, until there is nothing left', async () => {
    await run('setup', 'demo', '--for', 'filezilla,putty');
    const afterFirst = await foreignFiles();
    await run('setup', 'demo-dropbear', '--for', 'filezilla,putty');

    const listed = await run('undo', '--list');
    expect(listed.stdout).toMatch(/^2 {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n/);
    expect(listed.stdout).toContain('   FileZilla site "demo-dropbear": ');

    const first = await run('undo');
    expect(first.code).toBe(0);
    expect(first.stderr).toMatch(/^undone {6}/);
    expect(await foreignFiles()).toEqual(afterFirst);

    const second = await run('undo', '--json');
    expect(JSON.parse(second.stdout)).toMatchObject({ dryRun: false, number: 1 });
    expect(await foreignFiles()).toEqual({});
    const left = Object.keys(await fingerprintTree(world.home.path));
    expect(left.filter((name) => name.includes(join('bai-win', 'keys')))).toEqual([]);

    const third = await run('undo');
    expect(third.code).toBe(1);
    expect(third.stderr).toContain('error: there is nothing left to take back');
    expect((await run('undo', '--list')).stderr).toContain('nothing to undo');
  });

  it('makes no folder where there is nothing to undo', async () => {
    for (const args of [['--dry-run'], ['--list'], []]) {
      const { stderr } = await run('undo', ...args);
      expect(stderr).toMatch(/nothing (?:left to take back|to undo)/);
      expect(await fingerprintTree(world.home.path)).toEqual({});
    }
  });

  it('only says what it would do with --dry-run', async () => {
    await run('setup', 'demo', '--for', 'putty');
    const before = await fingerprintTree(world.home.path);
    const { code, stderr } = await run('undo', '--dry-run');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^to undo {5}/m);
    expect(stderr).toMatch(/this was a dry run: nothing was written\n$/);
    expect(stderr).toContain(join(world.home.path, '.putty', 'sessions', 'bai-demo'));
    expect(await fingerprintTree(world.home.path)).toEqual(before);
  });

  it('refuses by name where somebody else has changed a file since', async () => {
    await run('setup', 'demo', '--for', 'putty');
    const session = join(world.home.path, '.putty', 'sessions', 'bai-demo');
    await appendFile(session, 'TermWidth=100\n');
    const before = await fingerprintTree(world.home.path);
    const { code, stderr, stdout } = await run('undo', '--json');
    expect(code).toBe(1);
    expect(stderr).toContain(`error: changed by somebody else since: ${session}`);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'undo-refused', details: { different: [session] } },
    });
    expect(await fingerprintTree(world.home.path)).toEqual(before);
    expect(await readFile(session, 'utf8')).toContain('TermWidth=100');
  });
});
