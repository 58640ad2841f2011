import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { applyPlan } from '../../src/changes/apply.js';
import type { Recovery } from '../../src/changes/recover.js';
import { readPlan, storePlan } from '../../src/changes/history.js';
import { BaiError } from '../../src/errors.js';
import { withFileZillaLocks } from '../../src/platform/filezilla-locks.js';
import { removeSites } from '../../src/setup/remove-sites.js';
import { undo } from '../../src/setup/undo.js';
import type { Workspace } from '../../src/setup/workspace.js';
import { fileChange, testHost } from '../changes/support.js';
import { testWorkspace } from './support/workspace.js';

vi.mock('../../src/platform/filezilla-locks.js', () => ({ withFileZillaLocks: vi.fn() }));
const locks = vi.mocked(withFileZillaLocks);

/** A run that had written one file of two when its process died; the first is FileZilla's site list. */
async function interruptedRun(name: string): Promise<{ workspace: Workspace; file: string }> {
  const host = await testHost();
  const file = join(host.root, 'filezilla', name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, 'old');
  const other = join(host.root, 'other');
  await applyPlan([fileChange(file, 'old', 'new'), fileChange(other, null, 'new')], host);
  const plan = await readPlan(host.paths.history, 1);
  await storePlan(host.paths.history, { ...plan, state: 'undoing' });
  locks.mockReset();
  return { workspace: testWorkspace(host), file };
}

async function removeNothing(workspace: Workspace): Promise<Recovery | null | undefined> {
  let told: Recovery | null | undefined;
  await removeSites(
    workspace,
    () => [],
    false,
    (recovery) => {
      told = recovery;
    },
  );
  return told;
}

const undoLastRun = async (workspace: Workspace): Promise<Recovery | null> =>
  (await undo(workspace, false)).recovery;

test.each([
  ['remove', removeNothing],
  ['undo', undoLastRun],
])('%s takes an interrupted run back under the locks of FileZilla', async (_, run) => {
  const { workspace, file } = await interruptedRun('sitemanager.xml');
  const contents: string[] = [];
  locks.mockImplementation(async (settings, use) => {
    expect(settings).toBe(dirname(file));
    contents.push(await readFile(file, 'utf8'));
    const result = await use();
    contents.push(await readFile(file, 'utf8'));
    return result;
  });
  const recovery = await run(workspace);
  expect(recovery).toMatchObject({ outcome: 'taken-back', leftAlone: [] });
  expect(contents.slice(0, 2)).toEqual(['new', 'old']);
});

test('leaves the site list alone while the Site Manager is open', async () => {
  const { workspace, file } = await interruptedRun('sitemanager.xml');
  locks.mockRejectedValue(new BaiError('filezilla-site-manager-open', 'it is open', 'close it'));
  await expect(undo(workspace, false)).rejects.toMatchObject({
    code: 'filezilla-site-manager-open',
  });
  expect(await readFile(file, 'utf8')).toBe('new');
});

test('takes no locks for files of other programs', async () => {
  const { workspace, file } = await interruptedRun('hostkeys.xml');
  expect((await undo(workspace, false)).recovery).toMatchObject({ outcome: 'taken-back' });
  expect(await readFile(file, 'utf8')).toBe('old');
  expect(locks).not.toHaveBeenCalled();
});

test('undo names what it restored, and not what somebody else has changed', async () => {
  const { workspace, file } = await interruptedRun('sites.txt');
  await writeFile(file, 'theirs');
  const { recovery, restored } = await undo(workspace, false);
  expect(recovery?.leftAlone).toEqual([file]);
  expect(restored).toEqual([join(workspace.machine.home, 'other')]);
  expect(await readFile(file, 'utf8')).toBe('theirs');
});
