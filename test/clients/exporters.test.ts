import { execFile, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Change } from '../../src/changes/change.js';
import type { Snapshot } from '../../src/changes/snapshot.js';
import type { Machine } from '../../src/exporters/exporter.js';
import { filezilla } from '../../src/exporters/filezilla/exporter.js';
import { openssh } from '../../src/exporters/openssh/exporter.js';
import { planAll } from '../../src/exporters/plan-all.js';
import { putty, puttySessionName } from '../../src/exporters/putty/exporter.js';
import type { Site } from '../../src/exporters/site.js';
import { startInBackground } from './support/background-program.js';
import type { BackgroundProgram } from './support/background-program.js';
import { makeCleanup } from './support/cleanup.js';
import { startDisplay } from './support/display.js';
import { freePort } from './support/free-port.js';
import { waitUntil } from './support/wait-until.js';

/** What exporters plan, as the real plink, sshd and FileZilla of Debian take it. */

const run = promisify(execFile);
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'bai-win-exporters-'));
const cleanup = makeCleanup();
const patienceMs = 60_000;

/** Waits for a condition, longer than a loaded machine needs. */
const until = (what: string, done: () => boolean | Promise<boolean>): Promise<true> =>
  waitUntil(what, patienceMs, async () => ((await done()) ? true : undefined));

async function start(
  command: string,
  args: string[],
  env: Record<string, string>,
): Promise<BackgroundProgram> {
  const outputFile = path.join(scratch, `${path.basename(command)}.log`);
  const program = await startInBackground(command, args, { env, outputFile });
  cleanup.defer(() => program.stop());
  return program;
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('error', () => {
      resolve(false);
    });
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
  });

/** The real disk as a snapshot. */
const disk: Snapshot = {
  file: (name) => (fs.existsSync(name) ? fs.readFileSync(name) : null),
  directory: (name) => (fs.existsSync(name) ? fs.readdirSync(name).sort() : null),
  registryKey: () => null,
  registrySubkeys: () => [],
};

function apply(changes: readonly Change[]): void {
  for (const change of changes) {
    if (change.kind !== 'file' || !change.after) throw new Error('only files are written here');
    fs.mkdirSync(path.dirname(change.path), { recursive: true });
    fs.writeFileSync(change.path, change.after);
  }
}

function machineIn(name: string): Machine {
  const home = path.join(scratch, name);
  fs.mkdirSync(path.join(home, '.putty'), { recursive: true });
  return { platform: 'linux', home, env: {} };
}

/** Programs see the scratch home and nothing of the user's. */
const environmentOf = ({ home }: Machine): Record<string, string> => ({
  HOME: home,
  PATH: '/usr/bin:/bin',
  LANG: 'C.UTF-8',
});

const user = os.userInfo().username;
const userKey = path.join(scratch, 'user');
const ppkPath = path.join(scratch, 'user.ppk');

interface Server {
  readonly site: Site;
  readonly child: BackgroundProgram;
}

async function serve(keyType: string): Promise<Server> {
  const hostKey = path.join(scratch, `host-${keyType}`);
  if (!fs.existsSync(hostKey)) {
    execFileSync('ssh-keygen', ['-q', '-t', keyType, '-N', '', '-C', '', '-f', hostKey]);
  }
  const port = await freePort();
  const options = [
    `ListenAddress=127.0.0.1`,
    `Port=${port}`,
    `HostKey=${hostKey}`,
    `AuthorizedKeysFile=${userKey}.pub`,
    'StrictModes=no',
    'PermitRootLogin=yes',
    'UsePAM=no',
    'PidFile=none',
  ];
  if (user === 'root') fs.mkdirSync('/run/sshd', { recursive: true });
  const args = ['-D', '-f', '/dev/null', ...options.flatMap((option) => ['-o', option])];
  const child = await start('/usr/sbin/sshd', args, { PATH: '/usr/bin:/bin' });
  await until(`sshd on port ${port}`, () => answers(port));
  const blob = fs.readFileSync(`${hostKey}.pub`, 'utf8').split(' ')[1] ?? '';
  const site: Site = {
    id: `demo-${keyType}`,
    name: 'demo',
    host: '127.0.0.1',
    port,
    user,
    remoteDirectory: '/tmp',
    ppkPath,
    keyPath: userKey,
    hostKeyBlob: Buffer.from(blob, 'base64'),
  };
  return { site, child };
}

beforeAll(() => {
  execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-N', '', '-C', '', '-f', userKey]);
  execFileSync('puttygen', [userKey, '-O', 'private', '--ppk-param', 'version=2', '-o', ppkPath]);
});

afterAll(async () => {
  await cleanup.run();
  fs.rmSync(scratch, { recursive: true, force: true });
});

describe.each(['rsa', 'ecdsa', 'ed25519'])('a server with a host key of type %s', (keyType) => {
  test('our cache entry is the line that plink writes when told to trust the key', async () => {
    const { site, child } = await serve(keyType);
    const theirs = machineIn(`plink-${keyType}`);
    const plink = spawn('plink', ['-P', String(site.port), `${user}@127.0.0.1`, 'true'], {
      env: environmentOf(theirs),
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const cache = path.join(theirs.home, '.putty', 'sshhostkeys');
    plink.stdin.write('y\n');
    await until(
      'plink to store the host key',
      () => fs.existsSync(cache) && fs.statSync(cache).size > 0,
    );
    plink.kill();

    const ours = machineIn(`ours-${keyType}`);
    apply(planAll([filezilla], [site], ours, disk));
    expect(fs.readFileSync(path.join(ours.home, '.putty', 'sshhostkeys'), 'utf8')).toBe(
      fs.readFileSync(cache, 'utf8'),
    );
    await child.stop();
  });

  test('plink and psftp log in by the saved session without a question', async () => {
    const { site, child } = await serve(keyType);
    const machine = machineIn(`session-${keyType}`);
    apply(planAll([putty, filezilla], [site], machine, disk));
    expect(planAll([putty, filezilla], [site], machine, disk)).toEqual([]);
    const name = puttySessionName(site, machine, disk);
    const env = environmentOf(machine);

    const shell = await run('plink', ['-batch', '-load', name, 'echo', 'in'], { env });
    expect(shell.stdout).toBe('in\n');
    const script = path.join(scratch, 'list.psftp');
    fs.writeFileSync(script, 'cd /tmp\npwd\n');
    const sftp = await run('psftp', ['-batch', '-b', script, '-load', name], { env });
    expect(sftp.stdout).toContain('Remote directory is /tmp');
    await child.stop();
  });
});

/** Any bridge from standard input and output to the port will do for a command; its name is hard. */
function bridgeTo(port: number): string[] {
  const file = path.join(scratch, `it's 100% \\ "a" bridge ${port}.cjs`);
  fs.writeFileSync(
    file,
    `const s = require('net').connect(${port}, '127.0.0.1'); process.stdin.pipe(s).pipe(process.stdout);`,
  );
  return [process.execPath, file];
}

test('plink logs in by a session that starts the tunnel itself', async () => {
  const { site, child } = await serve('rsa');
  const machine = machineIn('by-command');
  const byCommand = { ...site, proxyCommand: bridgeTo(site.port), puttyProxy: true, port: 1 };
  apply(planAll([putty], [byCommand], machine, disk));
  const env = environmentOf(machine);
  const shell = await run('plink', ['-batch', '-load', 'bai-demo', 'echo', 'in'], { env });
  expect(shell.stdout).toBe('in\n');
  await child.stop();
});

test('ssh logs in by the name in the config, through the port and through a command', async () => {
  const { site, child } = await serve('rsa');
  const machine = machineIn('openssh');
  const { home } = machine;
  fs.mkdirSync(path.join(home, '.ssh'));
  fs.writeFileSync(path.join(home, '.ssh', 'config'), 'Host *\n  User nobody\n  Port 1\n');
  const proxyCommand = bridgeTo(site.port);
  const byCommand = { ...site, id: 'by-command', name: 'by-command', proxyCommand, port: 1 };
  apply(planAll([openssh], [site, byCommand], machine, disk));

  const env = environmentOf(machine);
  const config = path.join(home, '.ssh', 'config');
  for (const [alias, id] of [
    ['demo.bai', site.id],
    ['by-command.bai', 'by-command'],
  ] as const) {
    const args = ['-F', config, '-o', 'BatchMode=yes', alias];
    const { stdout } = await run('ssh', ['-G', ...args], { env });
    expect(stdout).toContain(`hostkeyalias ${id}\n`);
    expect((await run('ssh', [...args, 'echo', 'in'], { env })).stdout).toBe('in\n');
  }
  await child.stop();
});

test("FileZilla's Site Manager reads our entries and saves them as we wrote them", async () => {
  const machine = machineIn('filezilla');
  const sites: Site[] = ['demo', '학습-1 & <"co">'].map((name, n) => ({
    id: `demo-${n}`,
    name,
    host: '127.0.0.1',
    port: 22022 + n,
    user: 'work',
    remoteDirectory: '/home/work/모델 😀',
    ppkPath,
    keyPath: userKey,
    hostKeyBlob: fs.readFileSync(`${userKey}.pub`),
  }));
  const directory = path.join(machine.home, '.config', 'filezilla');
  const file = path.join(directory, 'sitemanager.xml');
  // Without these the first start asks and tells things.
  const silence = {
    'Greeting version': '999.0.0',
    'Update Check': '0',
    'Prompt password save': '0',
  };
  const settings = Object.entries(silence).map(
    ([key, v]) => `<Setting name="${key}">${v}</Setting>`,
  );
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(
    path.join(directory, 'filezilla.xml'),
    `<FileZilla3><Settings>${settings.join('')}</Settings></FileZilla3>`,
  );
  // As FileZilla leaves a list without sites.
  fs.writeFileSync(
    file,
    '<?xml version="1.0" encoding="UTF-8"?>\n<FileZilla3 version="3.63.0" platform="*nix">\n\t<Servers />\n</FileZilla3>\n',
  );
  const keyBlob = fs.readFileSync(`${userKey}.pub`, 'utf8').split(' ')[1] ?? '';
  const hostKeyBlob = Buffer.from(keyBlob, 'base64');
  apply(
    planAll(
      [filezilla],
      sites.map((site) => ({ ...site, hostKeyBlob })),
      machine,
      disk,
    ),
  );
  const planned = fs.readFileSync(file, 'utf8');

  const display = await startDisplay(scratch);
  cleanup.defer(() => display.stop());
  const env = { ...environmentOf(machine), DISPLAY: display.name, NO_AT_BRIDGE: '1' };
  const program = await start('filezilla', ['-s'], env);
  const windowId = async (): Promise<string> => {
    const args = ['search', '--onlyvisible', '--name', '^Site Manager$'];
    return run('xdotool', args, { env }).then(
      ({ stdout }) => stdout.trim().split('\n')[0] ?? '',
      () => '',
    );
  };
  await until('the Site Manager', async () => (await windowId()) !== '');
  // OK: the dialog is saved, even unchanged, and closes. Keys pressed too early are lost.
  await until('the Site Manager to close', async () => {
    const id = await windowId();
    if (id === '') return true;
    await run('xdotool', ['windowfocus', id, 'key', '--window', id, 'alt+o'], { env }).catch(
      () => null,
    );
    await sleep(1000);
    return false;
  });
  await until(
    'FileZilla to save',
    () => !fs.existsSync(`${file}~`) && fs.readFileSync(file, 'utf8').endsWith('>\n'),
  );
  await program.stop();

  const saved = fs.readFileSync(file, 'utf8');
  expect(saved).not.toBe(planned);
  expect(saved.replace(/^.*\n.*\n/, '')).toBe(
    planned.replace(/^.*\n.*\n/, '').replaceAll('Servers >', 'Servers>'),
  );
  expect(filezilla.plan({ ...(sites[0] as Site), hostKeyBlob }, machine, disk)).toEqual([]);
});
