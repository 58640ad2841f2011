/** Where the agent is asked when the settings folder has a path too long for a socket. */
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { agentPlaces } from '../../src/setup/agent/address.js';
import { startDemo } from '../../src/demo/index.js';
import { makePerson, type Person } from '../cli/support/agent.js';
import { makeScratchHome, type ScratchHome } from '../cli/support/scratch-home.js';
import { testHost } from '../changes/support.js';
import { testWorkspace } from './support/workspace.js';

const LONG = 'long'.repeat(40);

let home: ScratchHome;
beforeEach(async () => {
  home = await makeScratchHome();
});
afterEach(() => home.remove());

it('is one place, whatever the folder for temporary files is', async () => {
  const demo = await startDemo({ only: ['demo'] });
  const env = { ...demo.env, BAI_WIN_HOME: join(home.path, LONG) };
  const inFolder = async (name: string): Promise<Person> => {
    const folder = join(home.path, name);
    await mkdir(folder, { recursive: true });
    return makePerson({ ...env, TMPDIR: folder });
  };
  const [one, other] = [await inFolder('one'), await inFolder('other')];
  try {
    await one.setup('demo');
    const { pid } = await one.up();
    expect(await other.up()).toMatchObject({ pid, tunnels: [{ state: 'open' }] });
  } finally {
    await one.leave();
    await other.leave();
    await demo.close();
  }
});

it('is not asked for in what somebody else has put there', async () => {
  const workspace = testWorkspace(await testHost());
  const { platform } = process;
  const paths = { ...workspace.paths, state: join(home.path, LONG), data: join(home.path, LONG) };
  const far = { machine: { ...workspace.machine, platform }, paths };
  const { folder } = agentPlaces(far);
  await symlink(home.path, folder);
  try {
    expect(() => agentPlaces(far)).toThrow(
      expect.objectContaining({ code: 'agent-folder-foreign' }),
    );
  } finally {
    await rm(folder);
  }
});
