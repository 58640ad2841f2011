/**
 * The main job with the real programs: the demo's manager in front of a real dropbear, `bai-win setup`
 * as users run it, and then PuTTY, OpenSSH and FileZilla with nothing but what it wrote. All sessions
 * are in one home folder, so each has to leave the others alone.
 */
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import type { BackgroundProgram } from './support/background-program.js';
import { baiWin, startBaiWin } from './support/bai-win.js';
import { makeCleanup } from './support/cleanup.js';
import { makeClientHome, type ClientHome } from './support/client-home.js';
import { startDisplay, type Display } from './support/display.js';
import { startDropbear, type Dropbear } from './support/dropbear.js';
import { makeDropbearHostKey } from './support/dropbear-host-key.js';
import { openInFileZilla } from './support/filezilla.js';
import { fileZillaFolder, writeQuietSettings } from './support/filezilla-settings.js';
import { folderContents } from './support/folder-contents.js';
import { makeScratchFolder, type ScratchFolder } from './support/scratch-folder.js';
import { runProgram } from './support/run-program.js';
import { plink, psftp, sftp } from './support/ssh-programs.js';
import { waitUntil } from './support/wait-until.js';
import { workAccount, type WorkAccount } from './support/work-account.js';

/** The parts of what `setup --json` prints that scripts, and these tests, build on. */
interface SetupOutput {
  readonly site: { readonly port: number; readonly user: string; readonly keyPath: string };
  /** As in `known_hosts`, without the name. */
  readonly hostKey: string;
  readonly changed: boolean;
}

const cleanup = makeCleanup();
let scratch: ScratchFolder;
let account: WorkAccount;
let demo: Demo;
let display: Display;
let home: ClientHome;

beforeAll(async () => {
  scratch = await makeScratchFolder();
  cleanup.defer(() => scratch.remove());
  account = await workAccount();
  demo = await startDemo({ only: ['demo', 'demo-dropbear'] });
  cleanup.defer(() => demo.close());
  display = await startDisplay(scratch.path);
  cleanup.defer(() => display.stop());
  home = await makeClientHome(scratch.path, 'home of Jürgen & 한글');
});

afterAll(() => cleanup.run());

/** Puts a dropbear with a new host key behind a session; it lets the session's key in. */
async function serve(session: string): Promise<Dropbear & { hostKey: string }> {
  const hostKey = await makeDropbearHostKey(scratch.path);
  const dropbear = await startDropbear(scratch.path, hostKey);
  cleanup.defer(() => dropbear.stop());
  const { publicKey } = demo.session(session);
  await account.authorize(publicKey);
  cleanup.defer(() => account.revoke(publicKey));
  demo.pointAt(session, { host: '127.0.0.1', port: dropbear.port });
  return { ...dropbear, hostKey: hostKey.publicKey };
}

async function setUp(session: string, ...options: string[]): Promise<SetupOutput> {
  const setup = await baiWin(home, demo.env, [
    'setup',
    session,
    '--json',
    '--no-tunnel',
    '--for',
    'filezilla,putty,openssh',
    ...options,
  ]);
  expect(setup.code, setup.stderr).toBe(0);
  return JSON.parse(setup.stdout) as SetupOutput;
}

async function openTunnel(session: string): Promise<BackgroundProgram> {
  const tunnel = await startBaiWin(scratch.path, home, demo.env, ['tunnel', session]);
  cleanup.defer(() => tunnel.stop());
  await waitUntil(
    'the tunnel is open',
    30_000,
    () => (tunnel.output().includes('is open on') ? true : undefined),
    () => tunnel.output(),
  );
  return tunnel;
}

function logins(dropbear: Dropbear): number {
  return dropbear.log().split("Pubkey auth succeeded for 'work'").length - 1;
}

async function expectPlinkWorks(session: string): Promise<void> {
  const shell = await plink(home, ['-load', `bai-${session}`, 'id -un']);
  expect(shell).toEqual({ code: 0, stdout: 'work\n', stderr: '' });
}

async function expectFileZillaWorks(session: string): Promise<void> {
  const outcome = await openInFileZilla(home, display, `0/Backend.AI/${session}`);
  expect(outcome).toMatchObject({ listed: '/home/work', dialogs: [], errors: [] });
}

// The manager's PKCS#1 key, and the OpenSSH container that dropbear makes, with p < q.
describe.each(['demo', 'demo-dropbear'])('setup %s', (session) => {
  let dropbear: Awaited<ReturnType<typeof serve>>;
  let output: SetupOutput;

  beforeAll(async () => {
    dropbear = await serve(session);
    output = await setUp(session);
    await openTunnel(session);
  });

  it('plink runs a command without a question', async () => {
    const before = logins(dropbear);
    await expectPlinkWorks(session);
    expect(logins(dropbear)).toBe(before + 1);
  });

  it('psftp carries 8 MiB there and back', async () => {
    const folder = join(scratch.path, `files of ${session}`);
    await mkdir(folder);
    const content = randomBytes(8 * 1024 * 1024);
    await writeFile(join(folder, 'there'), content);
    const remote = `bai-win-test-${randomBytes(4).toString('hex')}`;
    const files = await psftp(
      home,
      ['-load', `bai-${session}`],
      [`lcd "${folder}"`, `put there ${remote}`, `get ${remote} back`, `del ${remote}`],
    );
    expect(files.code, files.stdout + files.stderr).toBe(0);
    expect((await readFile(join(folder, 'back'))).equals(content)).toBe(true);
  });

  it('sftp of OpenSSH logs in with the key file and the host key', async () => {
    const { site, hostKey } = output;
    expect(hostKey).toBe(dropbear.hostKey);
    const knownHostsFile = join(scratch.path, `known_hosts-${session}`);
    await writeFile(knownHostsFile, `[127.0.0.1]:${site.port} ${hostKey}\n`);
    const login = { ...site, keyFile: site.keyPath, knownHostsFile };
    const listing = await sftp(home, login, ['pwd', 'ls -a']);
    expect(listing.code, listing.stdout + listing.stderr).toBe(0);
    expect(listing.stdout).toContain(`Remote working directory: ${account.home}`);
    expect(listing.stdout).toContain('.ssh');
  });

  it('FileZilla opens the site without a dialog and lists the folder', async () => {
    const before = logins(dropbear);
    await expectFileZillaWorks(session);
    expect(logins(dropbear)).toBe(before + 1);
  });

  it('a second setup changes no byte', async () => {
    const before = await folderContents(home.path);
    expect(await setUp(session)).toMatchObject({ changed: false, changes: [] });
    expect(await folderContents(home.path)).toEqual(before);
  });
});

describe('FileZilla with its settings where fzdefaults.xml says', () => {
  it('opens the site there, by the name that was chosen', async () => {
    const session = 'demo-portable';
    const portable = await makeClientHome(scratch.path, 'home with portable settings');
    await writeQuietSettings(portable);
    const usual = fileZillaFolder(portable);
    const named = join(portable.path, 'on a stick');
    await mkdir(named);
    await copyFile(join(usual, 'filezilla.xml'), join(named, 'filezilla.xml'));
    await writeFile(
      join(usual, 'fzdefaults.xml'),
      '<FileZilla3><Settings><Setting name="Config Location">$HOME/on a stick</Setting></Settings></FileZilla3>',
    );
    await demo.addSession({ name: session, keyOrigin: 'dropbear' });
    await serve(session);
    const args = ['setup', session, '--no-tunnel', '--for', 'filezilla'];
    const name = ['--name', '{session} @ {endpoint} 학습'];
    const setup = await baiWin(portable, demo.env, [...args, ...name]);
    expect(setup.code, setup.stderr).toBe(0);
    const tunnel = await startBaiWin(scratch.path, portable, demo.env, ['tunnel', session]);
    cleanup.defer(() => tunnel.stop());
    await waitUntil('the tunnel is open', 30_000, () =>
      tunnel.output().includes('is open on') ? true : undefined,
    );
    const { port } = new URL(demo.managerEndpoint);
    const site = `0/Backend.AI/${session} @ 127.0.0.1-${port} 학습`;
    const outcome = await openInFileZilla(portable, display, site);
    expect(outcome).toMatchObject({ listed: '/home/work', dialogs: [], errors: [] });
    expect(await readdir(usual)).not.toContain('sitemanager.xml');
    await tunnel.stop();
  });
});

describe('with no tunnel running', () => {
  const session = 'demo-by-command';

  beforeAll(async () => {
    await demo.addSession({ name: session, keyOrigin: 'dropbear' });
    await serve(session);
    await setUp(session, '--putty-proxy');
  });

  // PuTTY and ssh start bai-win, which finds the manager by what was kept or is in the environment.
  const signedIn = (): ClientHome => ({ ...home, env: { ...demo.env, ...home.env } });

  async function expectPlinkConnects(): Promise<void> {
    const shell = await plink(signedIn(), ['-load', `bai-${session}`, 'id -un']);
    // It says which command it starts, and nothing once that works.
    expect(shell.stderr).toMatch(/^Starting local proxy command: .* proxy [\w-]+\s*$/);
    expect(shell).toMatchObject({ code: 0, stdout: 'work\n' });
  }

  it('plink and psftp connect by a saved session that starts bai-win proxy', async () => {
    await expectPlinkConnects();
    const files = await psftp(signedIn(), ['-load', `bai-${session}`], ['pwd']);
    expect(files.code, files.stdout + files.stderr).toBe(0);
    expect(files.stdout).toContain(`Remote directory is ${account.home}`);
  });

  it('plink says why it failed in the words of bai-win', async () => {
    const shell = await plink(home, ['-load', `bai-${session}`, 'id -un']);
    expect(shell.code).not.toBe(0);
    expect(shell.stderr).toContain('type: bai-win login');
  });

  it('ssh connects by the name in its config', async () => {
    const config = join(home.path, '.ssh', 'config');
    const ssh = await runProgram('/usr/bin/ssh', ['-F', config, `${session}.bai`, 'id -un'], {
      env: signedIn().env,
    });
    expect(ssh).toEqual({ code: 0, stdout: 'work\n', stderr: '' });
  });

  it('a session of the same name that is another one is met with its new keys', async () => {
    await demo.replaceSession(session, { newKey: true });
    await serve(session);
    await expectPlinkConnects();
  });

  it('--no-putty-proxy goes back to the port', async () => {
    await setUp(session, '--no-putty-proxy');
    const tunnel = await openTunnel(session);
    await expectPlinkWorks(session);
    await tunnel.stop();
  });
});

describe('a session of the same name that is another one', () => {
  const session = 'demo-renewed';

  it('works after setup again, with its new key and host key on the port that was assigned', async () => {
    await demo.addSession({ name: session, keyOrigin: 'dropbear' });
    await serve(session);
    const first = await setUp(session);
    const tunnel = await openTunnel(session);
    await expectPlinkWorks(session);
    await tunnel.stop();

    await demo.replaceSession(session);
    const dropbear = await serve(session);
    const second = await setUp(session);
    expect(second).toMatchObject({
      changed: true,
      site: first.site,
      hostKey: dropbear.hostKey,
      stale: [{ what: 'session' }, { what: 'key' }, { what: 'host key' }],
    });
    await openTunnel(session);
    await expectPlinkWorks(session);
    await expectFileZillaWorks(session);
  });

  /** Holds the tunnel of a session; says what it has told since. */
  const HOLDERS: [string, (name: string) => Promise<() => Promise<string>>][] = [
    [
      'in a window',
      async (name) => {
        const tunnel = await openTunnel(name);
        return () => Promise.resolve(tunnel.output());
      },
    ],
    [
      'in the background',
      async (name) => {
        const run = (...args: string[]) => baiWin(home, demo.env, args);
        cleanup.defer(async () => {
          await run('down');
        });
        expect((await run('up', name)).code).toBe(0);
        return async () => (await run('logs')).stdout;
      },
    ],
  ];

  it.each(HOLDERS)('works while its tunnel stays open %s: the same clicks', async (where, hold) => {
    const renewed = `demo-again-${where.replaceAll(' ', '-')}`;
    await demo.addSession({ name: renewed, keyOrigin: 'dropbear' });
    await serve(renewed);
    await setUp(renewed);
    const told = await hold(renewed);
    await expectPlinkWorks(renewed);

    await demo.replaceSession(renewed, { newKey: true });
    await serve(renewed);
    await expectPlinkWorks(renewed);
    expect(await told()).toMatch(/refreshed +host key: was SHA256:/);

    await demo.replaceSession(renewed, { newKey: true });
    const dropbear = await serve(renewed);
    await expectFileZillaWorks(renewed);
    // dropbear's words come through a file.
    await waitUntil(
      'dropbear has let FileZilla in',
      10_000,
      () => (logins(dropbear) === 1 ? true : undefined),
      () => dropbear.log(),
    );
    // No question was asked, and no setup is left to be done.
    expect(await setUp(renewed)).toMatchObject({ changed: false, hostKey: dropbear.hostKey });
  });

  it('and the other sessions still work', async () => {
    await Promise.all(['demo', 'demo-dropbear', session].map(expectPlinkWorks));
    await expectFileZillaWorks('demo');
  });
});
