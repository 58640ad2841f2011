/** Standard output that takes nothing, and one that is narrow. */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PROGRAM } from './support/bai-win.js';
import { makeScratchHome, type ScratchHome } from './support/scratch-home.js';

let home: ScratchHome;
beforeEach(async () => {
  home = await makeScratchHome();
});
afterEach(() => home.remove());

it.each(['--help', 'show --help', '--version', 'profiles --json', 'key --help --verbose'])(
  '%s fails in one line where its output cannot be written',
  (words) => {
    const path = join(home.path, 'output');
    writeFileSync(path, '');
    // Open for reading alone, so that each write fails.
    const output = openSync(path, 'r');
    try {
      const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...words.split(' ')], {
        env: home.env,
        cwd: home.path,
        stdio: ['ignore', output, 'pipe'],
        encoding: 'utf8',
      });
      expect(stderr).toMatch(
        /^bai-win: error: standard output cannot be written to: .+\nbai-win: hint: .+\n$/,
      );
      expect(status).toBe(1);
    } finally {
      closeSync(output);
    }
  },
);

it('ends quietly where the reader has seen enough', () => {
  const { status, stderr } = spawnSync(
    'sh',
    ['-c', '"$0" "$1" --help --verbose | :', process.execPath, PROGRAM],
    {
      env: home.env,
      encoding: 'utf8',
    },
  );
  expect([status, stderr]).toEqual([0, '']);
});

it('does its work though nobody listens to the words about it', () => {
  const key = join(home.path, 'key');
  const path = fileURLToPath(new URL('../../fixtures/keys/rsa2048-pem', import.meta.url));
  const { status } = spawnSync(
    'sh',
    [
      '-c',
      '{ sleep 0.3; "$0" "$1" convert "$2" -o "$3" --verbose; echo $? >"$3.code"; } 2>&1 | :',
      process.execPath,
      PROGRAM,
      path,
      key,
    ],
    { env: home.env, encoding: 'utf8' },
  );
  expect([status, readFileSync(`${key}.code`, 'utf8')]).toEqual([0, '0\n']);
  expect(existsSync(key)).toBe(true);
});

// A terminal to try it on is what util-linux has, and macOS in another form.
it.runIf(process.platform === 'linux' && existsSync('/usr/bin/script')).each([
  [60, 60],
  [300, 100],
])('help fits a terminal of %i columns in %i', (columns, width) => {
  const command = `stty cols ${columns}; "${process.execPath}" "${PROGRAM}"`;
  for (const words of ['--help', 'login --help']) {
    const { stdout } = spawnSync(
      'script',
      ['-qec', `${command} ${words}`, join(home.path, 'typescript')],
      { env: home.env, encoding: 'utf8' },
    );
    const lines = stdout.split('\r\n');
    expect(lines[0]).toMatch(/^bai-win /);
    const longest = Math.max(...lines.map(({ length }) => length));
    expect(longest).toBeLessThanOrEqual(width);
    expect(longest).toBeGreaterThan(width - 10);
  }
});
