/** The agent's log while it is read. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { followLog } from '../../src/setup/agent/logs.js';
import { olderLog, openLog } from '../../src/tunnel/agent/log-file.js';
import { testHost } from '../changes/support.js';
import { pause } from '../cli/support/agent.js';
import { testWorkspace } from './support/workspace.js';

const KiB = 1024;

it('is followed without a gap from file to file', async () => {
  const workspace = testWorkspace(await testHost());
  await mkdir(workspace.paths.state, { recursive: true });
  const path = join(workspace.paths.state, 'agent.log');
  const log = openLog(path);
  const written: string[] = [];
  const write = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const line = `line ${written.length} `;
      written.push(line.trim());
      log(line + '한'.repeat(8 * KiB));
    }
  };
  // 24 KiB each: the file starts anew several times, also before anybody reads.
  write(60);
  let printed = '';
  void followLog(workspace, (text) => {
    printed += text;
  });
  for (let i = 0; i < 30; i++) {
    write(7);
    await pause(100);
  }
  const last = written.at(-1) ?? '';
  while (!printed.includes(`${last} `)) await pause(20);
  expect(printed.match(/line \d+/gu)).toEqual(written);
  expect(printed).not.toContain('\ufffd');
});

it('goes on where it cannot start anew', async () => {
  const workspace = testWorkspace(await testHost());
  const path = join(workspace.paths.state, 'agent.log');
  // Nothing can take the place of a folder.
  await mkdir(join(olderLog(path), 'in the way'), { recursive: true });
  const log = openLog(path);
  for (let i = 0; i < 70; i++) log('x'.repeat(24 * KiB));
  log('the last one');
  expect(await readFile(path, 'utf8')).toContain('the last one');
});
