/**
 * A sleep of the computer for an hour, as the whole program meets it: libfaketime (Debian package
 * faketime) sets the clocks of the running agent forward, the one on the wall and the one that its
 * timers go by, as Windows does. Other systems stop the second one while they sleep.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import { logIn, makePerson, openSsh, type Person, type SetUpSite } from '../cli/support/agent.js';
import { makeCleanup } from './support/cleanup.js';
import { makeScratchFolder } from './support/scratch-folder.js';

const LIBRARY = '/usr/$LIB/faketime/libfaketimeMT.so.1';
const HOUR = 3600;

const cleanup = makeCleanup();
let demo: Demo;
let offset: string;
let person: Person;
let site: SetUpSite;

beforeEach(async () => {
  const scratch = await makeScratchFolder();
  cleanup.defer(() => scratch.remove());
  offset = join(scratch.path, 'offset');
  await writeFile(offset, '+0');
  demo = await startDemo({ only: ['demo'] });
  cleanup.defer(() => demo.close());
});
afterEach(() => cleanup.run());

async function start(env: NodeJS.ProcessEnv): Promise<void> {
  person = await makePerson({
    ...demo.env,
    LD_PRELOAD: LIBRARY,
    FAKETIME_TIMESTAMP_FILE: offset,
    FAKETIME_NO_CACHE: '1',
    ...env,
  });
  cleanup.defer(() => person.leave());
  site = await person.setup('demo');
  await person.up();
}

/** Time passes for the agent and for the manager, but not for the connections. */
async function sleepFor(seconds: number): Promise<void> {
  await writeFile(offset, `+${seconds}`);
  demo.setClockSkew(seconds * 1000);
}

it.each([
  ['all clocks', {}],
  ['the clock on the wall alone', { FAKETIME_DONT_FAKE_MONOTONIC: '1' }],
])('with %s an hour later, clients stay and new ones get in', async (_clocks, env) => {
  await start(env);
  const client = await openSsh(site);
  let isOver = false;
  client.on('close', () => {
    isOver = true;
  });
  for (const hours of [1, 2]) {
    await sleepFor(hours * HOUR);
    // The check of the session and the upgrade are signed with the time of day.
    await logIn(site);
    expect(isOver).toBe(false);
  }
  expect((await person.status()).tunnels[0]).toMatchObject({
    state: 'open',
    failure: null,
    connections: 1,
  });
  client.end();
});

it('connections that died in the sleep are found, and clients get in all the same', async () => {
  await start({});
  const client = await openSsh(site);
  const over = new Promise<void>((resolve) => {
    client.on('error', () => undefined);
    client.on('close', resolve);
  });
  // What is open now moves nothing any more; what comes after does.
  demo.stallTunnels();
  demo.clearFaults();
  await sleepFor(HOUR);
  await logIn(site);
  // The limit for an answer, one minute.
  await over;
  expect((await person.status()).tunnels[0]?.failure?.code).toBe('tunnel-silent');
  await logIn(site);
  expect((await person.status()).tunnels[0]?.state).toBe('open');
});
