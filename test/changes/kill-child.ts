import { applyPlan } from '../../src/changes/apply.js';
import { undoLast } from '../../src/changes/undo.js';
import type { ChangeHost } from '../../src/changes/host.js';
import { readFileIfExists } from '../../src/platform/read-file.js';
import { contentOf, killTree, PROGRESS, versionOf } from './kill-tree.js';

/**
 * Changes all files of a tree from version to version, and takes some of it back, until it is killed.
 * Started with the tree's folder; begins when it is told to, and tells of each change that it makes.
 */
async function changeForEver(root: string): Promise<void> {
  const { paths, files } = killTree(root);
  const host: ChangeHost = { paths, registry: null };
  for (let round = 1; ; round++) {
    const version = versionOf(files[0], await readFileIfExists(files[0].path));
    const changes = files.map((file) => ({
      kind: 'file' as const,
      title: file.name,
      path: file.path,
      stage: file.stage,
      before: contentOf(file, version),
      after: contentOf(file, version + 1),
      secret: file.stage === 'key-file',
      foreign: file.stage !== 'key-file',
    }));
    await applyPlan(changes, host, () => process.send?.(PROGRESS));
    if (round % 3 === 0) await undoLast(host);
  }
}

process.on('message', () => {
  changeForEver(process.argv[2] ?? '').catch((error: unknown) => {
    process.send?.(String(error));
  });
});
process.send?.('ready');
