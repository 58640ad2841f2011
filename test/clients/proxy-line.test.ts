/** The line for ssh in the help of `bai-win proxy`, as people type it: no setup, no tunnel. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROGRAM } from '../cli/support/bai-win.js';
import { useDemoAndHome } from '../setup/support/demo-and-home.js';
import { runProgram } from './support/run-program.js';

const world = useDemoAndHome({ only: ['demo'] });

it('logs in to a session that is not set up', async () => {
  const { home, demo } = world;
  const bin = join(home.path, 'bin');
  await mkdir(bin);
  const program = join(bin, 'bai-win');
  await writeFile(program, `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
  await chmod(program, 0o755);
  const key = join(home.path, 'id_container');
  await writeFile(key, demo.session('demo').privateKey, { mode: 0o600 });

  const { stdout: help } = await world.run('proxy', '--help');
  const line = /^ +(ssh -i .* work@demo)$/m.exec(help)?.[1] ?? '';
  // What an answer to ssh's question about the host key does, and nothing of the account's own.
  const answers = '-F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=known_hosts';
  const { code, stdout, stderr } = await runProgram(
    'sh',
    ['-c', line.replace('ssh', `ssh ${answers}`) + ' pwd'],
    {
      cwd: home.path,
      env: {
        ...(world.env as Record<string, string>),
        PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      },
    },
  );
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^\//);
});
