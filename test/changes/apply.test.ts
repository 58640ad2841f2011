import { writeFileSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { applyPlan } from '../../src/changes/apply.js';
import { subjectOf } from '../../src/changes/merge.js';
import { appPaths } from '../../src/platform/app-paths.js';
import { makePipe } from '../platform/scratch.js';
import { duringWriteOf, dword, fileChange, HKCU, registryChange, sz, testHost } from './support.js';

// Lets a test step in while a file is written.
vi.mock('node:fs/promises', { spy: true });

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

describe('applyPlan', () => {
  test('writes files and values in the order of their stages, and tells of each', async () => {
    const host = await testHost();
    const session = `${HKCU}\\PuTTY\\Sessions\\bai-demo`;
    const key = join(host.paths.keys, 'demo.ppk');
    const site = join(host.root, '.config', 'filezilla', 'sitemanager.xml');
    const told: string[] = [];
    const applied = await applyPlan(
      [
        fileChange(site, null, '<a/>'),
        registryChange(session, 'PortNumber', null, dword(22122)),
        registryChange(session, 'HostName', null, sz('127.0.0.1')),
        fileChange(key, null, 'secret', { stage: 'key-file', secret: true, foreign: false }),
      ],
      host,
      (change) => told.push(subjectOf(change)),
    );
    expect(told).toEqual([key, site, `${session}\\PortNumber`, `${session}\\HostName`]);
    expect(applied.map(subjectOf)).toEqual(told);
    expect(await readFile(site, 'utf8')).toBe('<a/>');
    expect(await readFile(key, 'utf8')).toBe('secret');
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    expect((await stat(host.paths.keys)).mode & 0o777).toBe(0o700);
    expect((await stat(join(host.root, '.config'))).mode & 0o777).toBe(0o700);
    expect(host.registry.imports).toBe(1);
    expect(host.registry.keys.get(session)?.get('PortNumber')).toEqual(dword(22122));
    expect(await readdir(host.paths.keys)).toEqual(['demo.ppk']);
    expect(await exists(join(host.paths.data, 'changes.lock'))).toBe(false);
  });

  test('nothing to do leaves no trace', async () => {
    const host = await testHost();
    expect(await applyPlan([fileChange('/x', 'a', 'a')], host)).toEqual([]);
    expect(await readdir(host.root)).toEqual([]);
  });

  test('something else than was seen: nothing is written, and all of it is named', async () => {
    const host = await testHost();
    const [a, b, c] = ['a', 'b', 'c'].map((name) => join(host.root, name)) as [
      string,
      string,
      string,
    ];
    const key = `${HKCU}\\K`;
    await writeFile(a, 'seen');
    await writeFile(b, 'changed');
    host.registry.set(key, { bytes: { type: 'other', data: 'hex:00' }, n: dword(1) });
    const plan = [
      fileChange(a, 'seen', 'new'),
      fileChange(b, 'seen', 'new'),
      fileChange(c, 'seen', 'new'),
      registryChange(key, 'bytes', null, sz('new')),
      registryChange(key, 'n', dword(1), dword(2)),
    ];
    await expect(applyPlan(plan, host)).rejects.toMatchObject({
      code: 'plan-outdated',
      message: `changed by another program since bai-win looked at it: ${b}, ${c}, ${key}\\bytes`,
    });
    expect(await readFile(a, 'utf8')).toBe('seen');
    expect(host.registry.imports).toBe(0);
    expect(await exists(host.paths.history)).toBe(false);
    expect(await exists(host.paths.backups)).toBe(false);
  });

  test('what belongs to others is backed up first, what is ours is not', async () => {
    const host = await testHost();
    const theirs = join(host.root, 'theirs');
    const key = `${HKCU}\\PuTTY\\SshHostKeys`;
    await writeFile(theirs, 'old');
    host.registry.set(key, { mine: sz('0x1') });
    const ours = join(host.paths.keys, 'k');
    await applyPlan([fileChange(ours, null, '1', { foreign: false, secret: true })], host);
    await applyPlan(
      [
        fileChange(theirs, 'old', 'new'),
        fileChange(ours, '1', '2', { foreign: false, secret: true }),
        registryChange(key, 'rsa2@22122:127.0.0.1', null, sz('0x2')),
      ],
      host,
    );
    const folders = (await readdir(host.paths.backups)).sort();
    expect(folders.map((name) => name.slice(0, -9))).toEqual(['SshHostKeys', 'theirs']);
    const [reg = '', file = ''] = folders;
    expect(await readFile(join(host.paths.backups, file, '1'), 'utf8')).toBe('old');
    const exported = await readFile(join(host.paths.backups, reg, '1.reg'), 'utf16le');
    expect(exported).toContain('"mine"="0x1"');
    expect(exported).not.toContain('22122');
  });

  test('symlinks and modes stay', async () => {
    const host = await testHost();
    await mkdir(join(host.root, 'dotfiles'));
    await writeFile(join(host.root, 'dotfiles', 'config'), 'old');
    await chmod(join(host.root, 'dotfiles', 'config'), 0o640);
    await symlink('dotfiles/config', join(host.root, 'config'));
    await applyPlan([fileChange(join(host.root, 'config'), 'old', 'new')], host);
    const target = join(host.root, 'dotfiles', 'config');
    expect(await readFile(target, 'utf8')).toBe('new');
    expect((await stat(target)).mode & 0o777).toBe(0o640);
    expect(await readdir(join(host.root, 'dotfiles'))).toEqual(['config']);
  });

  test('where one change fails, those before it are taken back', async () => {
    const host = await testHost();
    const [a, b] = [join(host.root, 'a'), join(host.root, 'b')];
    const made = join(host.root, 'new', 'folder', 'c');
    await writeFile(a, 'old');
    await chmod(a, 0o644);
    await writeFile(b, 'old');
    await chmod(b, 0o444);
    const plan = [
      fileChange(made, null, 'x'),
      fileChange(a, 'old', 'new'),
      fileChange(b, 'old', 'new'),
    ];
    await expect(applyPlan(plan, host)).rejects.toMatchObject({
      code: 'plan-taken-back',
      message: `${b} is write-protected; everything is as it was before`,
      hint: 'take the protection off if bai-win may change it, then run the command again',
    });
    expect(await readFile(a, 'utf8')).toBe('old');
    expect((await stat(a)).mode & 0o777).toBe(0o644);
    expect(await exists(join(host.root, 'new'))).toBe(false);
    expect(await readdir(host.paths.history)).toEqual([]);
  });

  test('a file that is changed while the plan is applied stays as it is then', async () => {
    const host = await testHost();
    const [a, b] = [join(host.root, 'a'), join(host.root, 'b')];
    const plan = [fileChange(a, null, 'ours'), fileChange(b, null, 'ours')];
    const overtake = () => {
      writeFileSync(b, 'theirs');
    };
    await expect(applyPlan(plan, host, overtake)).rejects.toMatchObject({
      code: 'plan-partly-taken-back',
      cause: { code: 'plan-overtaken' },
      details: { leftAlone: [b] },
    });
    expect(await exists(a)).toBe(false);
    expect(await readFile(b, 'utf8')).toBe('theirs');
  });

  test('a file that is changed while ours is being written beside it stays as it is then', async () => {
    const host = await testHost();
    const [a, b] = [join(host.root, 'a'), join(host.root, 'b')];
    await writeFile(a, 'old');
    const changes = [fileChange(a, 'old', 'ours'), fileChange(b, null, 'ours')];
    for (const [index, path] of [a, b].entries()) {
      await duringWriteOf(index, () => {
        writeFileSync(path, 'theirs');
      });
      await expect(applyPlan(changes, host)).rejects.toMatchObject({
        cause: { code: 'plan-overtaken' },
        details: { leftAlone: [path] },
      });
      expect(await readFile(path, 'utf8')).toBe('theirs');
      await writeFile(a, 'old');
    }
  });

  test('a registry that refuses leaves the files as they were', async () => {
    const host = await testHost();
    const a = join(host.root, 'a');
    await writeFile(a, 'old');
    host.registry.failing = new Error('refused');
    const plan = [fileChange(a, 'old', 'new'), registryChange(`${HKCU}\\K`, 'n', null, sz('x'))];
    await expect(applyPlan(plan, host)).rejects.toMatchObject({
      code: 'plan-taken-back',
      message: 'refused; everything is as it was before',
    });
    expect(await readFile(a, 'utf8')).toBe('old');
  });

  test('a registry value that is changed while the plan is applied stays as it is then', async () => {
    const host = await testHost();
    const key = `${HKCU}\\K`;
    const plan = [
      fileChange(join(host.root, 'a'), null, 'ours', { stage: 'key-file' }),
      registryChange(key, 'n', null, sz('ours')),
    ];
    const overtake = () => {
      host.registry.set(key, { n: sz('theirs') });
    };
    await expect(applyPlan(plan, host, overtake)).rejects.toMatchObject({
      cause: { code: 'plan-overtaken' },
      details: { leftAlone: [`${key}\\n`] },
    });
    expect(host.registry.keys.get(key)?.get('n')).toEqual(sz('theirs'));
    expect(await exists(join(host.root, 'a'))).toBe(false);
  });

  test('a folder that cannot be made is told, and nothing is left of the plan', async () => {
    const host = await testHost();
    await symlink(join(host.root, 'gone', 'far'), join(host.root, 'settings'));
    const plan = [fileChange(join(host.root, 'settings', 'a'), null, 'ours')];
    await expect(applyPlan(plan, host)).rejects.toMatchObject({
      code: 'plan-taken-back',
      cause: { code: 'folder-not-made' },
    });
    expect((await readdir(host.root)).sort()).toEqual(['bai', 'settings']);
  });

  test('values that reg.exe skipped are noticed', async () => {
    const host = await testHost();
    const silent = {
      exportKey: (key: string) => host.registry.exportKey(key),
      importFile: () => Promise.resolve(),
    };
    const plan = [registryChange(`${HKCU}\\K`, 'n', null, sz('x'))];
    await expect(applyPlan(plan, { ...host, registry: silent })).rejects.toMatchObject({
      code: 'plan-taken-back',
      cause: { code: 'registry-not-changed' },
    });
  });

  test('a key that loses its last value goes, one with keys below stays', async () => {
    const host = await testHost();
    const sessions = `${HKCU}\\PuTTY\\Sessions`;
    host.registry
      .set(sessions, { n: sz('x') })
      .set(`${sessions}\\bai-demo`, { a: sz('1'), b: dword(2) })
      .set(`${sessions}\\mine`, { a: sz('1') });
    await applyPlan(
      [
        registryChange(`${sessions}\\bai-demo`, 'a', sz('1'), null),
        registryChange(`${sessions}\\bai-demo`, 'b', dword(2), null),
        registryChange(sessions, 'n', sz('x'), null),
      ],
      host,
    );
    expect([...host.registry.keys.keys()].slice(-2)).toEqual([sessions, `${sessions}\\mine`]);
    expect(host.registry.keys.get(sessions)?.size).toBe(0);
  });

  test('what becomes a pipe after it was looked at stays one', async () => {
    const host = await testHost();
    const [a, b] = [join(host.root, 'a'), join(host.root, 'b')];
    const plan = [fileChange(a, null, 'ours'), fileChange(b, null, 'ours')];
    const pipe = () => {
      makePipe(b);
    };
    await expect(applyPlan(plan, host, pipe)).rejects.toMatchObject({
      code: 'plan-partly-applied',
      cause: { code: 'file-is-special' },
    });
    expect((await stat(b)).isFIFO()).toBe(true);
  });

  test('two with folders of their own write beside the same files at the same time', async () => {
    const { root, paths, registry } = await testHost();
    const other = appPaths('linux', { BAI_WIN_HOME: join(root, 'other') }, root);
    for (let round = 0; round < 20; round++) {
      const [before, after] = round === 0 ? [null, '1'] : [String(round), String(round + 1)];
      await Promise.all([
        applyPlan([fileChange(join(root, 'a'), before, after)], { paths, registry }),
        applyPlan([fileChange(join(root, 'b'), before, after)], { paths: other, registry }),
      ]);
    }
    expect((await readdir(root)).sort()).toEqual(['a', 'b', 'bai', 'other']);
  });

  test('two at the same time: one after the other', async () => {
    const host = await testHost();
    const path = join(host.root, 'a');
    const runs = ['1', '2', '3'].map((text) => applyPlan([fileChange(path, null, text)], host));
    const results = await Promise.allSettled(runs);
    expect(results.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    for (const one of results) {
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'plan-outdated' });
    }
  });
});
