/*
 * `npm run demo`: the main job as a user meets it, on the embedded Backend.AI, in a scratch home. The
 * real program does the work as processes of its own; what it wrote is then proved with another SSH
 * client. With --keep everything stays until Ctrl-C.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client, type SFTPWrapper } from 'ssh2';
import { startDemo } from './index.js';

const BAI_WIN = fileURLToPath(new URL('../../bin/bai-win.cjs', import.meta.url));
const UPLOAD_BYTES = 8 * 1024 * 1024;

/** The part of `bai-win setup --json` that the proof needs. */
interface SetupJson {
  readonly site: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly remoteDirectory: string;
    readonly keyPath: string;
    readonly ppkPath: string;
  };
  readonly changed: boolean;
  readonly hostKey: string;
}

const { values: options } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });

const say = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};

/**
 * Ctrl-C, and closing the window, end the tour through the `finally` below, so that nothing of it stays
 * behind.
 */
const interrupted = new Promise<void>((resolve) => {
  process.once('SIGINT', resolve);
  process.once('SIGTERM', resolve);
  process.once('SIGHUP', resolve);
});

const home = await mkdtemp(join(tmpdir(), 'bai-win-tour-'));
const demo = await startDemo();
const env = await scratchEnvironment(home, demo.env);
let tunnel: ChildProcess | undefined;
try {
  await Promise.race([tour(), interrupted]);
} finally {
  tunnel?.kill();
  // FileZilla up to 3.69 keeps host keys in the user's registry; ours is taken out again.
  if (process.platform === 'win32') await ask(['remove', 'demo'], env).catch(() => undefined);
  await demo.close();
  await rm(home, { recursive: true, force: true });
}

async function tour(): Promise<void> {
  say('A small Backend.AI now runs on this computer. What follows is what a user types and sees.');
  for (const command of [
    ['sessions'],
    // The tour has a tunnel of its own below.
    ['setup', 'demo', ...clientsHere(), '--no-tunnel'],
    ['setup', 'demo', ...clientsHere(), '--no-tunnel'],
  ]) {
    say(`\n> bai-win ${command.join(' ')}`);
    await show(command, env);
  }

  say('\n> bai-win tunnel demo');
  tunnel = spawn(process.execPath, [BAI_WIN, 'tunnel', 'demo'], {
    env,
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  await untilOpen(tunnel);
  const setup = await ask<SetupJson>(['setup', 'demo', ...clientsHere()], env);
  if (setup.changed) throw new Error('a repeated setup changed something');

  say('\nNow another SSH client uses the key file and the port that setup wrote:');
  await prove(setup);
  say('\nIt works. To use your own Backend.AI, type: npx bai-win login');
  if (options.keep) {
    await sayHowToConnect(setup, env);
    await interrupted;
  }
}

/**
 * What the tour shows does not hang on what is installed here. On Windows PuTTY keeps its settings in
 * the user's registry, which no scratch home can stand in for, and so the tour leaves PuTTY out there.
 */
function clientsHere(): string[] {
  return ['--for', process.platform === 'win32' ? 'filezilla' : 'filezilla,putty'];
}

/** An environment in which every program keeps its settings below `folder`. */
async function scratchEnvironment(
  folder: string,
  connection: Readonly<Record<string, string>>,
): Promise<NodeJS.ProcessEnv> {
  const roaming = join(folder, 'AppData', 'Roaming');
  const local = join(folder, 'AppData', 'Local');
  await mkdir(roaming, { recursive: true });
  await mkdir(local, { recursive: true });
  return {
    ...process.env,
    ...connection,
    HOME: folder,
    USERPROFILE: folder,
    APPDATA: roaming,
    LOCALAPPDATA: local,
    XDG_CONFIG_HOME: join(folder, '.config'),
    XDG_DATA_HOME: join(folder, '.local', 'share'),
    PUTTYDIR: join(folder, '.putty'),
    BAI_WIN_HOME: join(folder, 'bai-win'),
  };
}

/** Runs bai-win to its end, in front of the person. */
async function show(args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  await succeeded(spawn(process.execPath, [BAI_WIN, ...args], { env, stdio: 'inherit' }));
}

/** Runs `bai-win … --json` unseen and returns what it answered. */
async function ask<T>(args: string[], env: NodeJS.ProcessEnv): Promise<T> {
  const command = [BAI_WIN, ...args, '--json'];
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    printed += chunk;
  });
  await succeeded(child);
  return JSON.parse(printed) as T;
}

async function succeeded(child: ChildProcess): Promise<void> {
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${child.spawnargs.join(' ')} ended with code ${String(code)}`);
}

/** Waits until a tunnel process says that it is open, and passes on what it says. */
async function untilOpen(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      process.stderr.write(chunk);
      if (chunk.includes('is open on')) resolve();
    });
    child.once('exit', (code) => {
      reject(new Error(`bai-win tunnel ended early with code ${String(code)}`));
    });
  });
}

async function prove({ site, hostKey }: SetupJson): Promise<void> {
  const client = new Client();
  client.connect({
    host: site.host,
    port: site.port,
    username: site.user,
    privateKey: readFileSync(site.keyPath),
    hostVerifier: (key: Buffer) => hostKey.endsWith(key.toString('base64')),
  });
  await once(client, 'ready');
  say(`  logged in as ${site.user}`);
  const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
    client.sftp((error, opened) => {
      if (error === undefined) resolve(opened);
      else reject(error);
    });
  });
  const names = await call<{ filename: string }[]>((done) => {
    sftp.readdir(site.remoteDirectory, done);
  });
  say(
    `  ${site.remoteDirectory} holds ${names
      .map(({ filename }) => filename)
      .sort()
      .join(', ')}`,
  );

  const sent = randomBytes(UPLOAD_BYTES);
  const remote = `${site.remoteDirectory}/upload.bin`;
  await call<undefined>((done) => {
    sftp.writeFile(remote, sent, (error) => {
      done(error ?? undefined, undefined);
    });
  });
  say(`  uploaded ${UPLOAD_BYTES} bytes`);
  const received = await call<Buffer>((done) => {
    sftp.readFile(remote, done);
  });
  if (!received.equals(sent)) {
    throw new Error('the downloaded bytes differ from the uploaded ones');
  }
  say('  downloaded them again: the same bytes');
  client.end();
  await once(client, 'close');
}

async function call<T>(
  start: (done: (error: Error | undefined, value: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => {
      if (error === undefined) resolve(value);
      else reject(error);
    });
  });
}

/** How to point other programs at the demo. */
async function sayHowToConnect(
  { site, hostKey }: SetupJson,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  // The person's own list is no place for a host that is gone in a minute.
  const knownHosts = join(home, 'known_hosts');
  await writeFile(knownHosts, `[${site.host}]:${site.port} ${hostKey}\n`);
  const target = `${site.user}@${site.host}`;
  const profile =
    process.platform === 'win32' ? `set APPDATA=${env['APPDATA'] ?? ''} & ` : `HOME="${home}" `;
  say('\nEverything stays as it is until Ctrl-C. In another console:');
  say(`  FileZilla   ${profile}filezilla --site="0/Backend.AI/demo"`);
  if (process.platform === 'win32') {
    say(`  PuTTY       putty -i "${site.ppkPath}" -P ${site.port} ${target}`);
  } else {
    say(`  PuTTY       PUTTYDIR="${env['PUTTYDIR'] ?? ''}" putty -load bai-demo`);
  }
  const options = `-i "${site.keyPath}" -o UserKnownHostsFile="${knownHosts}"`;
  say(`  ssh         ssh ${options} -p ${site.port} ${target}`);
  say(`  sftp        sftp ${options} -P ${site.port} ${target}`);
  say('For commands of bai-win itself there is another demo: npx bai-win demo');
}
