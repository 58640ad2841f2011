import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import { findLaunch } from '../../src/setup/launchers.js';
import { openWorkspace } from '../../src/setup/workspace.js';
import { MemoryRegistry } from '../changes/memory-registry.js';
import { baiWin, type Outcome } from '../cli/support/bai-win.js';
import { makeScratchHome, type ScratchHome } from '../cli/support/scratch-home.js';

const RECORD = {
  endpoint: 'http://127.0.0.1:1',
  accessKey: 'AKIA',
  sessionName: 'demo',
  sessionId: '',
  port: 20_001,
  user: 'work',
  clients: ['filezilla', 'putty'],
  keyFingerprint: '',
  hostKeyFingerprint: '',
};

describe('on Windows, open', () => {
  const workspace = {
    ...openWorkspace({ log: () => undefined, notice: () => undefined }),
    machine: { platform: 'win32', home: 'C:\\Users\\nobody', env: {} } as const,
  };
  const site = { id: 'demo-1a2b3c4d', record: RECORD };

  it('finds programs by what their installers wrote', async () => {
    const key = 'HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\App Paths';
    const registry = new MemoryRegistry().set(`${key}\\putty.exe`, {
      '': { type: 'sz', data: '"C:\\Program Files\\PuTTY\\putty.exe"' },
    });
    expect(await findLaunch({ ...workspace, registry }, site, undefined)).toEqual({
      title: 'PuTTY',
      program: 'C:\\Program Files\\PuTTY\\putty.exe',
      args: ['-load', 'bai-demo'],
    });
  });

  it('says how to install what is not there', async () => {
    const registry = new MemoryRegistry();
    await expect(findLaunch({ ...workspace, registry }, site, 'filezilla')).rejects.toMatchObject({
      code: 'open-not-installed',
      hint: 'to install it, type: winget install TimKosse.FileZilla.Client',
    });
  });

  it('says what is not set up, and what it cannot start', async () => {
    const registry = new MemoryRegistry();
    const bare = { ...site, record: { ...RECORD, clients: ['putty'] } };
    await expect(findLaunch({ ...workspace, registry }, bare, 'filezilla')).rejects.toMatchObject({
      code: 'open-not-set-up',
      hint: 'type: bai-win setup demo --for filezilla',
    });
    await expect(findLaunch({ ...workspace, registry }, site, 'emacs')).rejects.toMatchObject({
      code: 'open-unknown-client',
    });
  });
});

// The stand-in for a client is a shell script that comes first on PATH.
describe.skipIf(process.platform === 'win32')('open', () => {
  let demo: Demo;
  let home: ScratchHome;
  beforeAll(async () => {
    demo = await startDemo({ only: ['demo'] });
  });
  afterAll(() => demo.close());
  beforeEach(async () => {
    home = await makeScratchHome();
  });
  afterEach(() => home.remove());

  it('holds the tunnel while the client runs, and closes it then', async () => {
    const bin = join(home.path, 'bin');
    await mkdir(bin);
    // It says what it was given, and whether something listens on the port of the site.
    const script = `#!/bin/sh
exec "${process.execPath}" -e '
const { connect } = require("node:net");
const port = /PortNumber=(\\d+)/.exec(require("node:fs").readFileSync(process.env.HOME + "/.putty/sessions/bai-demo", "utf8"))[1];
const say = (open) => require("node:fs").writeFileSync(process.env.HOME + "/said", [...process.argv.slice(1), open].join(" "));
const socket = connect(port, "127.0.0.1", () => { say("open"); process.exit(); }).on("error", () => say("closed"));
' -- "$@"
`;
    await writeFile(join(bin, 'putty'), script, { mode: 0o755 });
    const run = (...args: string[]): Promise<Outcome> =>
      baiWin(
        args,
        { ...home.env, ...demo.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
        { cwd: home.path },
      );
    const unknown = await run('open', 'demo');
    expect(unknown.stderr).toContain('"demo" is not set up on this computer');
    await run('setup', 'demo', '--for', 'putty', '--json');
    const { code, stderr } = await run('open', 'demo');
    expect(stderr).toContain(`opened      PuTTY: ${join(bin, 'putty')} -load bai-demo`);
    expect(stderr).toMatch(/stays open until PuTTY ends\n.*\ntunnel closed\n$/);
    expect(code).toBe(0);
    expect(await readFile(join(home.path, 'said'), 'utf8')).toBe('-load bai-demo open');
  });
});
