/** What the real FileZilla's locks look like while its Site Manager is open. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withFileZillaLocks } from '../../src/platform/filezilla-locks.js';
import { startInBackground } from './support/background-program.js';
import { makeCleanup } from './support/cleanup.js';
import { makeClientHome, type ClientHome } from './support/client-home.js';
import { startDisplay, type Display } from './support/display.js';
import { fileZillaFolder, writeQuietSettings } from './support/filezilla-settings.js';
import { makeScratchFolder } from './support/scratch-folder.js';
import { waitUntil } from './support/wait-until.js';

const cleanup = makeCleanup();
let home: ClientHome;
let display: Display;

beforeAll(async () => {
  const scratch = await makeScratchFolder();
  cleanup.defer(() => scratch.remove());
  display = await startDisplay(scratch.path);
  cleanup.defer(() => display.stop());
  home = await makeClientHome(scratch.path, 'home');
  await mkdir(join(home.path, '.putty'));
  await writeQuietSettings(home);
});

afterAll(() => cleanup.run());

it('nothing is written while the Site Manager is open, and it may be afterwards', async () => {
  const write = () => withFileZillaLocks(fileZillaFolder(home), () => Promise.resolve('written'));
  expect(await write()).toBe('written');
  const program = await startInBackground('filezilla', ['-s'], {
    env: { ...home.env, DISPLAY: display.name, NO_AT_BRIDGE: '1' },
    outputFile: join(home.path, 'filezilla.output'),
  });
  try {
    await waitUntil('the Site Manager opens', 60_000, async () =>
      (await display.windowTitles()).includes('Site Manager') ? true : undefined,
    );
    await expect(write()).rejects.toMatchObject({ code: 'filezilla-site-manager-open' });
  } finally {
    await program.stop();
  }
  expect(await write()).toBe('written');
});
