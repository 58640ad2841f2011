/**
 * What opens the tunnels when people log on, as programs that we did not write take it: the validator of
 * freedesktop.org, a starter of autostart entries, and Python's reader of property lists.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import { desktopEntry } from '../../src/exporters/autostart/desktop-entry.js';
import { launchAgent } from '../../src/exporters/autostart/launch-agent.js';
import type { AgentStatus } from '../../src/tunnel/agent/protocol.js';
import { logIn, type SetUpSite } from '../cli/support/agent.js';
import { baiWin, builtProgram } from './support/bai-win.js';
import { makeCleanup } from './support/cleanup.js';
import { makeClientHome, type ClientHome } from './support/client-home.js';
import { makeScratchFolder, type ScratchFolder } from './support/scratch-folder.js';
import { runProgram, type ProgramResult } from './support/run-program.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = makeCleanup();
let scratch: ScratchFolder;
let demo: Demo;
let home: ClientHome;

beforeAll(async () => {
  scratch = await makeScratchFolder();
  cleanup.defer(() => scratch.remove());
  demo = await startDemo({ only: ['demo'] });
  cleanup.defer(() => demo.close());
  home = await makeClientHome(scratch.path, 'home of Jürgen & 한글');
  cleanup.defer(async () => {
    await baiWin(home, demo.env, ['down']);
  });
});
afterAll(() => cleanup.run());

async function succeed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await baiWin(home, demo.env, args);
  expect(code, stderr).toBe(0);
  return stdout;
}

const entryOf = ({ path }: ClientHome): string =>
  join(path, '.config', 'autostart', 'bai-win.desktop');

it('setup offers it where the tunnel is kept open, once', async () => {
  const asked = await makeClientHome(scratch.path, 'asked');
  const env = { ...asked.env, ...demo.env, XDG_CURRENT_DESKTOP: 'test' };
  const command = `'${process.execPath}' '${builtProgram()}' setup demo --for putty`;
  // A terminal, with a person who takes what is proposed.
  const setup = (): Promise<ProgramResult> =>
    runProgram('script', ['-qec', command, '/dev/null'], { env, input: '\n\n' });
  cleanup.defer(async () => {
    await baiWin(asked, env, ['down']);
  });
  expect((await setup()).stdout.replaceAll('\r', '')).toMatch(
    /keep the tunnel open .+\n.+\nopen it whenever you log on .+\n.+bai-win\.desktop;/u,
  );
  expect(await readFile(entryOf(asked), 'utf8')).toContain('"up"\n');
  expect((await setup()).stdout).not.toContain('whenever you log on');
});

it('a desktop opens the tunnels from the entry that was written', async () => {
  const setup = await succeed('setup', 'demo', '--for', 'putty', '--no-tunnel', '--json');
  const { site } = JSON.parse(setup) as { site: SetUpSite };
  await succeed('autostart', 'on');
  const entry = entryOf(home);
  const env = { ...home.env, ...demo.env };
  const valid = await runProgram('desktop-file-validate', [entry], { env });
  expect(valid).toEqual({ code: 0, stdout: '', stderr: '' });

  const started = await runProgram('dex', ['--autostart', '--search-paths', join(entry, '..')], {
    env,
  });
  expect(started.code, started.stderr).toBe(0);
  const status = await waitUntil('the tunnel is open', 30_000, async () => {
    const found = JSON.parse(await succeed('status', '--json')) as AgentStatus;
    return found.tunnels.length === 0 ? undefined : found;
  });
  expect(status.tunnels).toMatchObject([{ session: 'demo', port: site.port, state: 'open' }]);
  await logIn(site);
});

it('a desktop hands on the words of a command as they are', async () => {
  const words = [
    'a b',
    '$HOME',
    '`id`',
    '"',
    '\\',
    "'",
    '%f',
    '%%',
    '\\"',
    '\\\\$',
    '\\n',
    '한글',
    ';&|<>',
  ];
  const [program, seen, entry] = ['program.cjs', 'seen.json', 'words.desktop'].map((name) =>
    join(scratch.path, name),
  ) as [string, string, string];
  await writeFile(
    program,
    "require('fs').writeFileSync(process.argv[2], JSON.stringify(process.argv.slice(3)))",
  );
  await writeFile(entry, desktopEntry([process.execPath, program, seen, ...words]));
  const script =
    'import sys\nfrom gi.repository import Gio\n' +
    'Gio.DesktopAppInfo.new_from_filename(sys.argv[1]).launch([], None)\n';
  const { code, stderr } = await runProgram('python3', ['-c', script, entry], { env: home.env });
  expect(code, stderr).toBe(0);
  const written = await waitUntil('the program has run', 30_000, async () => {
    const text = await readFile(seen, 'utf8').catch(() => '');
    return text.endsWith(']') ? text : undefined;
  });
  expect(JSON.parse(written)).toEqual(words);
});

it('a property list says what it should', async () => {
  const argv = ['/opt/R&D <1>/node', 'a "b"', '한글', 'up'];
  const file = join(scratch.path, 'bai-win.plist');
  await writeFile(file, launchAgent(argv));
  const script =
    'import json, plistlib, sys\nprint(json.dumps(plistlib.load(open(sys.argv[1], "rb"))))';
  const { stdout, stderr } = await runProgram('python3', ['-c', script, file], { env: home.env });
  expect(JSON.parse(stdout), stderr).toEqual({
    Label: 'bai-win',
    ProgramArguments: argv,
    RunAtLoad: true,
    AbandonProcessGroup: true,
  });
});
