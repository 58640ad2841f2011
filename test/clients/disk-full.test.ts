/** A full disk under our own folders: a real file system of 1 MiB, which needs root to mount. */
import { appendFile, mkdir, readFile, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import { logIn, makePerson, type Person, type SetUpSite } from '../cli/support/agent.js';
import { fingerprintTree } from '../cli/support/scratch-home.js';
import { makeCleanup } from './support/cleanup.js';
import { runProgram } from './support/run-program.js';
import { makeScratchFolder } from './support/scratch-folder.js';

const cleanup = makeCleanup();
let demo: Demo;
let disk: string;
let filler: string;
let person: Person;
let site: SetUpSite;

const notes = (): string => join(disk, 'data', 'state', 'sites.json');

async function mustRun(program: string, ...args: string[]): Promise<void> {
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
  const { code, stderr } = await runProgram(program, args, { env });
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}

beforeAll(async () => {
  const scratch = await makeScratchFolder();
  cleanup.defer(() => scratch.remove());
  disk = join(scratch.path, 'disk');
  filler = join(disk, 'filler');
  await mkdir(disk);
  await mustRun('mount', '-t', 'tmpfs', '-o', 'size=1m', 'none', disk);
  cleanup.defer(() => mustRun('umount', disk));
  demo = await startDemo({ only: ['demo'] });
  cleanup.defer(() => demo.close());
  person = await makePerson({ ...demo.env, BAI_WIN_HOME: disk });
  cleanup.defer(() => person.leave());
  site = await person.setup('demo');
});
afterAll(() => cleanup.run());

/** Leaves room for so many bytes, in whole pages of memory. */
async function fillDisk(left: number): Promise<void> {
  for (const size of [65_536, 4096, 1]) while (await grows(size));
  await truncate(filler, (await stat(filler)).size - left);
}

async function grows(size: number): Promise<boolean> {
  try {
    await appendFile(filler, Buffer.alloc(size));
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
    return false;
  }
}

/** Every file of clients and of ours, but for the test's own, the log, and copies made to be safe. */
async function files(): Promise<Record<string, string>> {
  const own = Object.entries(await fingerprintTree(disk)).filter(
    ([name]) => !/filler$|agent\.log$|backups/u.test(name),
  );
  return { ...Object.fromEntries(own), ...(await fingerprintTree(person.home.path)) };
}

const PAGE = 4096;

it.each([0, 1, 2, 3, 4, 6, 8, 12])(
  'setup with room for %i pages changes all or nothing, and says why not',
  async (pages) => {
    await fillDisk(pages * PAGE);
    const before = await files();
    const port = 23_456 + pages;
    const { code, stderr } = await person.run('setup', 'demo', '--port', `${port}`, '--no-tunnel');
    if (code === 0) {
      expect(JSON.parse(await readFile(notes(), 'utf8'))).toMatchObject({
        sites: { [site.id]: { port } },
      });
    } else {
      expect(stderr).toContain('ENOSPC');
      expect(stderr).toMatch(/room on the disk|the disk has room/u);
      expect(await files()).toEqual(before);
    }
    expect(code === 1 || pages > 0).toBe(true);
    await rm(filler);
  },
);

it('no client gets in with files that could not follow the session; it does when there is room', async () => {
  await person.up();
  await fillDisk(0);
  const before = await files();
  await demo.replaceSession('demo', { newKey: true, newHostKey: true });
  const [held] = (await person.status()).tunnels;
  await expect(logIn(site, held?.port)).rejects.toThrow();
  const [tunnel] = (await person.status()).tunnels;
  expect(tunnel).toMatchObject({ state: 'failing', port: held?.port });
  expect(tunnel?.failure?.message).toContain('ENOSPC');
  expect(await files()).toEqual(before);

  await rm(filler);
  await logIn(site, held?.port);
  expect((await person.status()).tunnels[0]).toMatchObject({ state: 'open', failure: null });
  expect(await readFile(site.keyPath, 'utf8')).toBe(demo.session('demo').privateKey);
});
