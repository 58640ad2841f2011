import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { recover } from '../../src/changes/recover.js';
import { readFileIfExists } from '../../src/platform/read-file.js';
import { compileChild } from '../compile-child.js';
import { scratch } from '../platform/scratch.js';
import { contentOf, killTree, PROGRESS, versionOf } from './kill-tree.js';

/** A fifth of it is enough while working; `CI=1` asks for all. */
const KILLS = process.env['CI'] ? 300 : 60;

/** The process is killed after up to so many changes (three plans), and a moment more. */
const MOST_CHANGES = 18;
const MOMENT_MS = 8;

/** Two trees, so that one process starts while another one is killed. */
const LANES = 2;

test(`killed ${KILLS} times while applying and undoing: every file is whole, and the next run repairs`, async () => {
  const root = await scratch();
  const child = await compileChild('test/changes/kill-child.ts', join(root, 'js'));
  const outcomes = { finished: 0, 'taken-back': 0, none: 0 };
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    const home = join(root, `home ${lane}`);
    await makeTree(home);
    let next = start(child, home);
    for (let run = lane; run < KILLS; run += LANES) {
      const current = await next;
      next = start(child, home);
      await killLater(current);
      outcomes[await checkAfterKill(home)]++;
    }
    (await next).kill('SIGKILL');
  });
  await Promise.all(lanes);
  // The kills have hit the work: some plans were cut in the middle.
  expect(outcomes['taken-back']).toBeGreaterThan(KILLS / 20);
}, 300_000);

async function makeTree(home: string): Promise<void> {
  const { files } = killTree(home);
  for (const file of files) {
    const content = contentOf(file, 0);
    if (content === null) continue;
    await mkdir(dirname(file.path), { recursive: true });
    await writeFile(file.path, content);
  }
  // One of them is kept elsewhere, as people do with their dotfiles.
  await mkdir(join(home, 'dotfiles'));
  await rename(join(home, '.ssh/config'), join(home, 'dotfiles/config'));
  await symlink('../dotfiles/config', join(home, '.ssh/config'));
}

async function start(script: string, home: string): Promise<ChildProcess> {
  const child = fork(script, [home], { stdio: 'inherit', execArgv: [] });
  await once(child, 'message');
  return child;
}

/** Lets it work for a while, kills it in the middle, and waits for its end. */
async function killLater(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  let changes = Math.floor(Math.random() * MOST_CHANGES);
  const complaints: unknown[] = [];
  const enough = new Promise<void>((resolve) => {
    if (changes === 0) resolve();
    child.on('message', (message) => {
      if (message !== PROGRESS) complaints.push(message);
      if (message !== PROGRESS || --changes === 0) resolve();
    });
  });
  child.send('go');
  await enough;
  await sleep(Math.random() * MOMENT_MS);
  child.kill('SIGKILL');
  await exit;
  expect(complaints).toEqual([]);
}

/** Looks at the tree as the kill left it, then as the next run leaves it. */
async function checkAfterKill(home: string) {
  const { files, paths } = killTree(home);
  const versions = () =>
    Promise.all(files.map(async (file) => versionOf(file, await readFileIfExists(file.path))));
  await versions();
  const recovery = await recover({ paths, registry: null });
  expect(recovery?.leftAlone ?? []).toEqual([]);
  expect(new Set(await versions()).size).toBe(1);
  const names = await readdir(home, { recursive: true });
  const left = names.filter((name) => name.endsWith('.tmp') && !name.startsWith('bai'));
  expect(left).toEqual([]);
  return recovery?.outcome ?? 'none';
}
