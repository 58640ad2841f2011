import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findLaunch, type Launch } from '../../src/setup/find-launch.js';
import type { KnownSite } from '../../src/setup/find-site.js';
import { chooseLaunchers } from '../../src/setup/launchers.js';
import { openWorkspace, type Workspace } from '../../src/setup/workspace.js';
import { MemoryRegistry } from '../changes/memory-registry.js';
import { baiWin, type Outcome } from '../cli/support/bai-win.js';
import { useDemoAndHome } from './support/demo-and-home.js';

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
  const launchOf = (where: Workspace, what: KnownSite, client?: string): Promise<Launch> =>
    findLaunch(where, what, chooseLaunchers(client, where.machine.platform));

  it('finds programs by what their installers wrote', async () => {
    const key = 'HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\App Paths';
    const registry = new MemoryRegistry().set(`${key}\\putty.exe`, {
      '': { type: 'sz', data: '"C:\\Program Files\\PuTTY\\putty.exe"' },
    });
    expect(await launchOf({ ...workspace, registry }, site)).toEqual({
      title: 'PuTTY',
      program: 'C:\\Program Files\\PuTTY\\putty.exe',
      args: ['-load', 'bai-demo'],
      needsTunnel: true,
      runsHere: false,
    });
  });

  it('says how to install what is not there', async () => {
    const registry = new MemoryRegistry();
    await expect(launchOf({ ...workspace, registry }, site, 'filezilla')).rejects.toMatchObject({
      code: 'open-not-installed',
      hint: 'for FileZilla, type: winget install TimKosse.FileZilla.Client',
    });
  });

  it.each([
    ['putty', 'putty', ['-load', 'bai-demo'], true],
    ['winscp', 'WinSCP', ['Backend.AI/demo', '/newinstance'], true],
    ['kitty', 'KiTTY', ['-load', 'bai-demo'], true],
    ['terminal', 'wt', ['-p', expect.stringMatching(/^\{[0-9a-f-]{36}\}$/) as string], false],
    ['ssh', 'ssh', ['demo.bai'], false],
    ['openssh', 'ssh', ['demo.bai'], false],
    ['code', 'Code', ['--folder-uri', 'vscode-remote://ssh-remote+demo.bai/home/work'], false],
  ])('starts %s by its own words, with a tunnel or without', async (id, program, args, tunnel) => {
    const path = `C:\\programs\\${program}.exe`;
    const key = 'HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\App Paths';
    const registry = new MemoryRegistry().set(`${key}\\${program}.exe`, {
      '': { type: 'sz', data: path },
    });
    const clients = ['putty', 'winscp', 'kitty', 'terminal', 'openssh'];
    const everywhere = { ...site, record: { ...RECORD, clients } };
    const launch = await launchOf({ ...workspace, registry }, everywhere, id);
    expect(launch).toMatchObject({ program: path, args, needsTunnel: tunnel });
    expect(launch.runsHere).toBe(program === 'ssh');
    const record = { ...everywhere.record, puttyProxy: true };
    const byItself = await launchOf({ ...workspace, registry }, { ...site, record }, id);
    expect(byItself.needsTunnel).toBe(false);
  });

  it('says how to install each client that is missing', async () => {
    const registry = new MemoryRegistry();
    const clients = ['putty', 'winscp', 'kitty', 'terminal', 'openssh'];
    const everywhere = { ...site, record: { ...RECORD, clients } };
    for (const [id, hint] of [
      ['winscp', 'for WinSCP, type: winget install WinSCP.WinSCP'],
      ['terminal', 'for Windows Terminal, type: winget install Microsoft.WindowsTerminal'],
      ['code', 'for VS Code, type: winget install Microsoft.VisualStudioCode'],
      ['ssh', 'for OpenSSH, add OpenSSH Client in Settings'],
    ] as const) {
      const machine = { ...workspace.machine, env: { PATH: 'C:\\nowhere' } };
      await expect(
        launchOf({ ...workspace, machine, registry }, everywhere, id),
      ).rejects.toMatchObject({
        code: 'open-not-installed',
        hint: expect.stringContaining(hint) as string,
      });
    }
  });

  it('says what is not set up, and what it cannot start', async () => {
    const registry = new MemoryRegistry();
    const bare = { ...site, record: { ...RECORD, clients: ['putty'] } };
    await expect(launchOf({ ...workspace, registry }, bare, 'filezilla')).rejects.toMatchObject({
      code: 'open-not-set-up',
      hint: 'type: bai-win setup demo --for filezilla',
    });
    await expect(launchOf({ ...workspace, registry }, bare, 'code')).rejects.toMatchObject({
      code: 'open-not-set-up',
      hint: 'type: bai-win setup demo --for openssh',
    });
    expect(() => chooseLaunchers('emacs', 'win32')).toThrow(
      expect.objectContaining({
        code: 'open-unknown-client',
        hint: '--in takes: filezilla, putty, winscp, kitty, terminal, ssh, code',
      }),
    );
  });
});

// The stand-in for a client is a shell script that comes first on PATH.
describe.skipIf(process.platform === 'win32')('open', () => {
  const world = useDemoAndHome({ only: ['demo'] });

  it('holds the tunnel while the client runs, and closes it then', async () => {
    const bin = join(world.home.path, 'bin');
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
        { ...world.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
        { cwd: world.home.path },
      );
    const unknown = await run('open', 'demo');
    expect(unknown.stderr).toContain('"demo" is not set up on this computer');
    await run('setup', 'demo', '--for', 'putty', '--json');
    const { code, stderr } = await run('open', 'demo');
    expect(stderr).toContain(`opened      PuTTY: ${join(bin, 'putty')} -load bai-demo`);
    expect(stderr).toMatch(/stays open until PuTTY ends\n.*\ntunnel closed\n$/);
    expect(code).toBe(0);
    expect(await readFile(join(world.home.path, 'said'), 'utf8')).toBe('-load bai-demo open');
  });

  it('runs ssh in this window, without a tunnel, and says when that could not connect', async () => {
    const bin = join(world.home.path, 'bin');
    await mkdir(bin);
    const run = (...args: string[]): Promise<Outcome> =>
      baiWin(
        args,
        { ...world.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
        { cwd: world.home.path },
      );
    await run('setup', 'demo', '--for', 'openssh', '--json');
    const script = (code: number): Promise<void> =>
      writeFile(join(bin, 'ssh'), `#!/bin/sh\necho "ssh: $*"\nexit ${code}\n`, { mode: 0o755 });
    await script(7);
    const fine = await run('open', 'demo');
    expect(fine).toMatchObject({ code: 0, stdout: 'ssh: demo.bai\n' });
    expect(fine.stderr).toBe(`opened      OpenSSH: ${join(bin, 'ssh')} demo.bai\n`);
    const json = await run('open', 'demo', '--in', 'ssh', '--json');
    expect(json.code).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'json-not-here' } });
    await script(255);
    const failed = await run('open', 'demo', '--in', 'ssh');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('error: OpenSSH could not connect to demo, or lost it');
    const windows = await run('open', 'demo', '--in', 'winscp');
    expect(windows.stderr).toContain('error: WinSCP is for Windows');
    expect(windows.code).toBe(2);
  });
});
