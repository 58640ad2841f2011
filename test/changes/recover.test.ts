import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyPlan } from '../../src/changes/apply.js';
import { readPlan, storePlan } from '../../src/changes/history.js';
import type { RecordedPlan } from '../../src/changes/recorded-plan.js';
import { recover } from '../../src/changes/recover.js';
import { listApplied } from '../../src/changes/undo.js';
import { temporaryName } from '../../src/platform/atomic-write.js';
import { fileChange, HKCU, registryChange, sz, testHost } from './support.js';

/** A plan of three that has been applied, and recorded as if the process had died in that state. */
async function interrupted(state: RecordedPlan['state']) {
  const host = await testHost();
  const [a, b, key] = [join(host.root, 'a'), join(host.root, 'made', 'b'), `${HKCU}\\K`] as const;
  await writeFile(a, 'old');
  const plan = [
    fileChange(a, 'old', 'new'),
    fileChange(b, null, 'new'),
    registryChange(key, 'n', null, sz('new')),
  ];
  await applyPlan(plan, host);
  const recorded = await readPlan(host.paths.history, 1);
  await storePlan(host.paths.history, { ...recorded, state });
  return { host, a, b, key, plan };
}

describe('recover', () => {
  test('nothing was interrupted: says nothing and makes nothing', async () => {
    const host = await testHost();
    expect(await recover(host)).toBeNull();
    expect(await readdir(host.root)).toEqual([]);
    await applyPlan([fileChange(join(host.root, 'a'), null, 'x')], host);
    expect(await recover(host)).toBeNull();
  });

  test('killed after the last change: the plan is finished and can be taken back', async () => {
    const { host, a, b, key } = await interrupted('applying');
    expect(await recover(host)).toEqual({
      outcome: 'finished',
      subjects: [a, b, `${key}\\n`],
      leftAlone: [],
    });
    expect(await listApplied(host)).toHaveLength(1);
    expect(await recover(host)).toBeNull();
  });

  test('killed between: what was written is taken back, also a temporary file', async () => {
    const { host, a, b, key } = await interrupted('applying');
    host.registry.keys.delete(key);
    const { tag } = await readPlan(host.paths.history, 1);
    await writeFile(join(host.root, 'made', temporaryName(`${tag}-1`)), 'half');
    expect(await recover(host)).toMatchObject({ outcome: 'taken-back', leftAlone: [] });
    expect(await readFile(a, 'utf8')).toBe('old');
    await expect(readFile(b)).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await readdir(host.root)).sort()).toEqual(['a', 'bai']);
    expect(await listApplied(host)).toEqual([]);
  });

  test('a record of an earlier version names temporary files by its number', async () => {
    const { host } = await interrupted('applying');
    const record = join(host.paths.history, '000001.json');
    const former = (await readFile(record, 'utf8')).replace(/"tag":"\w+",/, '');
    expect(former).not.toContain('"tag"');
    await writeFile(record, former);
    host.registry.keys.clear();
    await writeFile(join(host.root, temporaryName('1-0')), 'half');
    expect(await recover(host)).toMatchObject({ outcome: 'taken-back', leftAlone: [] });
    expect((await readdir(host.root)).sort()).toEqual(['a', 'bai']);
  });

  test('killed while it was taken back: that is finished', async () => {
    const { host, a, key } = await interrupted('undoing');
    expect(await recover(host)).toMatchObject({ outcome: 'taken-back', leftAlone: [] });
    expect(await readFile(a, 'utf8')).toBe('old');
    expect(host.registry.keys.has(key)).toBe(false);
  });

  test('what somebody else has changed since is left alone and named', async () => {
    const { host, a, b } = await interrupted('applying');
    await writeFile(b, 'theirs');
    expect(await recover(host)).toMatchObject({ outcome: 'taken-back', leftAlone: [b] });
    expect(await readFile(a, 'utf8')).toBe('old');
    expect(await readFile(b, 'utf8')).toBe('theirs');
  });

  test('a file that is to know of what was left alone gets that, and only then', async () => {
    const host = await testHost();
    const [notes, a] = [join(host.root, 'notes'), join(host.root, 'a')];
    const apply = async (number: number) => {
      const remnant = Buffer.from('half');
      const plan = [fileChange(notes, 'old', 'new', { remnant }), fileChange(a, null, 'new')];
      await writeFile(notes, 'old');
      await rm(a, { force: true });
      await applyPlan(plan, host);
      const recorded = await readPlan(host.paths.history, number);
      await storePlan(host.paths.history, { ...recorded, state: 'undoing' });
    };
    await apply(1);
    expect(await recover(host)).toMatchObject({ leftAlone: [] });
    expect(await readFile(notes, 'utf8')).toBe('old');
    await apply(1);
    await writeFile(a, 'theirs');
    expect(await recover(host)).toMatchObject({ leftAlone: [a] });
    expect(await readFile(notes, 'utf8')).toBe('half');
  });

  test('no plan is applied over an interrupted one', async () => {
    const { host, a, plan } = await interrupted('applying');
    await expect(applyPlan(plan, host)).rejects.toMatchObject({ code: 'plan-unfinished' });
    await writeFile(a, 'old');
    await recover(host);
    await applyPlan([fileChange(a, 'old', 'newer')], host);
  });

  test('a registry that still refuses leaves the record for the next run', async () => {
    const { host, a } = await interrupted('undoing');
    host.registry.failing = new Error('refused');
    await expect(recover(host)).rejects.toThrow('refused');
    host.registry.failing = undefined;
    expect(await recover(host)).toMatchObject({ outcome: 'taken-back' });
    expect(await readFile(a, 'utf8')).toBe('old');
  });
});
