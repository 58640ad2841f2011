import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startDemo } from '../../src/demo/index.js';
import { baiWin } from '../cli/support/bai-win.js';
import { fingerprintTree, leftovers as leftoversIn } from '../cli/support/scratch-home.js';
import { useDemoAndHome } from './support/demo-and-home.js';

const world = useDemoAndHome();
const { run, runAlone } = world;

const setup = async (name: string, env: NodeJS.ProcessEnv = world.demo.env): Promise<void> => {
  const args = ['setup', name, '--for', 'filezilla,putty', '--json'];
  const { code, stderr } = await baiWin(
    args,
    { ...world.home.env, ...env },
    { cwd: world.home.path },
  );
  expect(code, stderr).toBe(0);
};

const inHome = (...names: string[]): string => join(world.home.path, ...names);

const leftovers = (): Promise<string[]> => leftoversIn(world.home.path);

describe('remove', () => {
  it('takes out exactly what setup put in, with nobody to ask', async () => {
    const siteManager = inHome('.config', 'filezilla', 'sitemanager.xml');
    const hostKeys = inHome('.putty', 'sshhostkeys');
    await mkdir(dirname(siteManager), { recursive: true });
    await mkdir(dirname(hostKeys), { recursive: true });
    await writeFile(
      siteManager,
      '<?xml version="1.0"?>\r\n<FileZilla3 version="3.63.0" platform="*nix">\r\n  <Servers>\r\n    <Server>\r\n      <Host>example.org</Host>\r\n      <Port>21</Port>\r\n      <Name>mine</Name>\r\n    </Server>\r\n  </Servers>\r\n</FileZilla3>',
    );
    await writeFile(hostKeys, 'rsa2@22:example.org 0x10001,0xc0ffee\n');
    const before = await leftovers();
    await setup('demo');
    expect(await leftovers()).not.toEqual(before);

    const { code, stderr } = await runAlone('remove', 'demo');
    expect(code).toBe(0);
    expect(stderr).toContain(`FileZilla site "demo": ${siteManager}`);
    expect(await leftovers()).toEqual(before);
    expect(
      JSON.parse(await readFile(inHome('.local/share/bai-win/state/sites.json'), 'utf8')),
    ).toEqual({ version: 1, sites: {} });

    expect((await runAlone('undo')).code).toBe(0);
    expect((await run('setup', 'demo', '--for', 'filezilla,putty')).stderr).toContain('unchanged');
  });

  it('leaves an ssh config as it was, empty too', async () => {
    await mkdir(inHome('.ssh'), { mode: 0o700 });
    await writeFile(inHome('.ssh', 'config'), '');
    const before = await leftovers();
    expect((await run('setup', 'demo', '--for', 'openssh', '--json')).code).toBe(0);
    expect(await leftovers()).not.toEqual(before);
    expect((await runAlone('remove', 'demo')).code).toBe(0);
    expect(await leftovers()).toEqual(before);
    expect(Object.keys(await fingerprintTree(inHome('.ssh')))).toEqual(['config']);
  });

  it('shows all and writes nothing with --dry-run', async () => {
    await setup('demo');
    const before = await fingerprintTree(world.home.path);
    const { code, stdout, stderr } = await runAlone('remove', 'demo', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain(`--- ${inHome('.config', 'filezilla', 'sitemanager.xml')}`);
    expect(stdout).toContain('+++ /dev/null');
    expect(stdout).not.toContain('PRIVATE KEY');
    const list = inHome('.config', 'filezilla', 'sitemanager.xml');
    expect(stderr).toMatch(/^to remove {3}/m);
    expect(stderr).toContain(`FileZilla site "demo": ${list}\n`);
    expect(stderr).toMatch(/^to write {4}notes of bai-win: .*sites\.json$/m);
    expect(stderr).toContain('nothing was written');
    expect(await fingerprintTree(world.home.path)).toEqual(before);
  });

  it('leaves the other session, what people put beside the keys, and then takes all', async () => {
    await setup('demo');
    await setup('demo-dropbear');
    const keyFolder = dirname(await keyPath('demo-dropbear'));
    await writeFile(join(keyFolder, 'note.txt'), 'mine');

    const first = await runAlone('remove', 'demo', '--json');
    const { sites } = JSON.parse(first.stdout) as { sites: { sessionName: string }[] };
    expect(sites.map(({ sessionName }) => sessionName)).toEqual(['demo']);
    const text = await readFile(inHome('.config', 'filezilla', 'sitemanager.xml'), 'utf8');
    expect(text.match(/<Name>[^<]*/g)).toEqual(['<Name>demo-dropbear']);

    expect((await runAlone('remove', '--all')).code).toBe(0);
    const left = (await leftovers()).map((line) => line.split(' ', 1)[0] ?? '');
    const keys = dirname(keyFolder);
    expect(left.map((name) => join(world.home.path, name))).toEqual([
      keys,
      keyFolder,
      join(keyFolder, 'note.txt'),
    ]);
    expect((await runAlone('remove', '--all')).stderr).toContain('nothing to remove');
  });

  it('leaves the host key of the port where older notes do not say which it was', async () => {
    await setup('demo');
    const state = inHome('.local/share/bai-win/state/sites.json');
    const older = (await readFile(state, 'utf8')).replace(/,\s*"hostKey": "[^"]*"/, '');
    await writeFile(state, older);
    expect((await runAlone('remove', 'demo')).code).toBe(0);
    const left = await readFile(inHome('.putty', 'sshhostkeys'), 'utf8');
    expect(left).toMatch(/^rsa2@\d+:127\.0\.0\.1 \S+\n$/);
  });

  it('asks which one is meant where two endpoints have a session of that name', async () => {
    const other = await startDemo({ only: ['demo'] });
    try {
      await setup('demo');
      await setup('demo', other.env);
      const { code, stderr, stdout } = await runAlone('remove', 'demo', '--json');
      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'site-ambiguous' } });
      const endpoint = world.demo.env['BACKEND_ENDPOINT'] ?? '';
      expect(stderr).toContain(endpoint);
      expect((await runAlone('remove', 'demo', '--endpoint', endpoint)).code).toBe(0);
      expect((await runAlone('remove', 'demo')).stderr).toContain(
        other.env['BACKEND_ENDPOINT'] ?? '?',
      );
    } finally {
      await other.close();
    }
  });

  it('wants the whole name, and takes nothing out for the beginning of one', async () => {
    await setup('demo');
    const before = await leftovers();
    const { code, stderr } = await runAlone('remove', 'dem');
    expect(code).toBe(1);
    expect(stderr).toContain('"dem" is not set up on this computer; these are: demo');
    expect(stderr).toContain('give the whole name');
    expect(await leftovers()).toEqual(before);
    const [card] = JSON.parse((await runAlone('show', '--json')).stdout) as { id: string }[];
    expect((await runAlone('remove', card?.id ?? '?')).code).toBe(0);
  });

  it('finds those whose session is gone', async () => {
    const own = await startDemo({ only: ['demo', 'demo-dropbear'] });
    try {
      await setup('demo');
      await setup('demo', own.env);
      await setup('demo-dropbear', own.env);
      await own.terminate('demo');
      const stale = await baiWin(['remove', '--stale', '--json'], {
        ...world.home.env,
        ...own.env,
      });
      const { sites } = JSON.parse(stale.stdout) as { sites: Record<string, string>[] };
      expect(sites).toMatchObject([{ sessionName: 'demo', endpoint: own.env['BACKEND_ENDPOINT'] }]);
    } finally {
      await own.close();
    }
  });

  it('takes out what an interrupted setup has left in a file that was changed meanwhile', async () => {
    await setup('demo');
    // As if it had been killed before its notes were written.
    const notes = inHome('.local/share/bai-win/state/sites.json');
    await rm(notes);
    const record = inHome('.local/share/bai-win/history/000001.json');
    await writeFile(record, (await readFile(record, 'utf8')).replace('"applied"', '"applying"'));
    const siteManager = inHome('.config', 'filezilla', 'sitemanager.xml');
    await appendFile(siteManager, '<!-- mine -->\n');

    const other = await runAlone('remove', 'other');
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('an earlier run was interrupted; it has been taken back\n');
    expect(other.stderr).toContain(`something else changed it since: ${siteManager}\n`);
    expect(other.stderr).toContain('these are: demo\n');
    expect(await readFile(siteManager, 'utf8')).toContain('<Name>demo</Name>');

    expect((await runAlone('remove', 'demo')).code).toBe(0);
    const text = await readFile(siteManager, 'utf8');
    expect(text).not.toContain('demo');
    expect(text).toContain('<!-- mine -->');
    const left = (await leftovers()).map((line) => line.split(' ', 1)[0]);
    expect(left).toEqual([join('.config', 'filezilla', 'sitemanager.xml')]);
  });

  it('refuses what it does not know, and says what there is', async () => {
    expect((await runAlone('remove', 'demo')).stderr).toContain('nothing is');
    await setup('demo');
    const before = await fingerprintTree(world.home.path);
    const unknown = await runAlone('remove', 'other');
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('"other" is not set up on this computer; these are: demo');
    const unclear = await runAlone('remove', 'demo', '--all');
    expect(unclear.code).toBe(2);
    expect(unclear.stderr).toContain('one of the three');
    expect(await fingerprintTree(world.home.path)).toEqual(before);
  });
});

async function keyPath(name: string): Promise<string> {
  const { stdout } = await run('setup', name, '--for', 'filezilla,putty', '--json');
  return (JSON.parse(stdout) as { site: { keyPath: string } }).site.keyPath;
}
