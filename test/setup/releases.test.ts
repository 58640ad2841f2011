import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { SFTPWrapper } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releaseNames, startDemo, type Demo, type ReleaseName } from '../../src/demo/index.js';
import { logIn } from '../../src/setup/log-in.js';
import { baiWin, startBaiWin, type Outcome } from '../cli/support/bai-win.js';
import { makeScratchHome, type ScratchHome } from '../cli/support/scratch-home.js';

/** Milliseconds for making RSA keys, and for running the program five times, on a busy machine. */
const PATIENCE = 180_000;

interface SetupJson {
  site: { host: string; port: number; user: string; keyPath: string };
  stale: { what: string }[];
  hostKey: string;
}

let demo: Demo;
let home: ScratchHome;

async function runs(args: string[], input?: string): Promise<Outcome> {
  const options = { cwd: home.path, ...(input === undefined ? {} : { input }) };
  const outcome = await baiWin(args, home.env, options);
  expect(outcome.stderr).not.toContain('error:');
  expect(outcome.code).toBe(0);
  return outcome;
}

async function setUp(): Promise<SetupJson> {
  return JSON.parse(
    (await runs(['setup', 'demo', '--for', 'putty', '--json'])).stdout,
  ) as SetupJson;
}

/** Sends a file through the tunnel and gets it back, with what setup wrote. */
async function transfer({ site, hostKey }: SetupJson): Promise<void> {
  const { client } = await logIn({
    ...site,
    privateKey: await readFile(site.keyPath, 'utf8'),
    hostKeyBlob: Buffer.from(hostKey.split(' ')[1] ?? '', 'base64'),
  });
  try {
    const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
      client.sftp((error, opened) => {
        if (error === undefined) resolve(opened);
        else reject(error);
      });
    });
    const sent = randomBytes(300_000);
    const received = await new Promise<Buffer>((resolve, reject) => {
      sftp.writeFile('/home/work/sent.bin', sent, (failure) => {
        if (failure) reject(failure);
        sftp.readFile('/home/work/sent.bin', (error, bytes) => {
          if (error === undefined) resolve(bytes);
          else reject(error);
        });
      });
    });
    expect(received.equals(sent)).toBe(true);
  } finally {
    client.end();
  }
}

/** The whole job as a person does it, signed in already. */
async function wholeJob(): Promise<void> {
  const listed = JSON.parse((await runs(['sessions', '--json'])).stdout) as { name: string }[];
  expect(listed.map(({ name }) => name)).toEqual(['demo']);
  // Lists, downloads the key, opens the tunnel and logs in through it.
  const first = await setUp();

  const tunnel = startBaiWin(['tunnel', 'demo'], home.env, home.path);
  try {
    await new Promise<void>((resolve, reject) => {
      tunnel.once('exit', () => {
        reject(new Error('the tunnel ended'));
      });
      tunnel.stderr?.on('data', (chunk: Buffer) => {
        if (chunk.includes('is open on')) resolve();
      });
    });
    await transfer(first);
  } finally {
    tunnel.kill('SIGTERM');
    if (tunnel.exitCode === null) await once(tunnel, 'close');
  }

  await demo.replaceSession('demo');
  const again = await setUp();
  expect(again.stale.map(({ what }) => what)).toEqual(['session', 'host key']);
  expect(again.site.port).toBe(first.site.port);
}

async function logInAt(
  release: ReleaseName,
  endpoint: string,
  args: string[],
  secret: string,
): Promise<void> {
  const { stderr } = await runs(['login', endpoint, ...args], secret);
  expect(stderr).toContain(`Backend.AI ${release}`);
}

// docs/compatibility.md names these tests.
describe.each(releaseNames)('release %s', (release) => {
  beforeAll(async () => {
    demo = await startDemo({ release, only: ['demo'] });
  }, PATIENCE);
  afterAll(() => demo.close());

  it.each(['key pair', 'login'] as const)(
    'does the whole job by a %s',
    async (way) => {
      home = await makeScratchHome();
      try {
        const { accessKey, secretKey, managerEndpoint, webEndpoint, login } = demo;
        await (way === 'login'
          ? logInAt(
              release,
              webEndpoint,
              ['--user', login.username, '--password-stdin'],
              login.password,
            )
          : logInAt(
              release,
              managerEndpoint,
              ['--access-key', accessKey, '--secret-key-stdin'],
              secretKey,
            ));
        await wholeJob();
      } finally {
        await home.remove();
      }
    },
    PATIENCE,
  );
});
