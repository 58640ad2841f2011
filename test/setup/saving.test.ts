/** FileZilla truncates its list and writes it in place: who reads at that moment looks again. */
import { writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { filezilla } from '../../src/exporters/filezilla/exporter.js';
import { takeExporterSnapshot } from '../../src/setup/exporter-snapshot.js';
import { makeScratchHome, type ScratchHome } from '../cli/support/scratch-home.js';

const LIST = '<?xml version="1.0"?>\n<FileZilla3>\n\t<Servers>\n\t</Servers>\n</FileZilla3>\n';

let home: ScratchHome;
let file: string;
beforeEach(async () => {
  home = await makeScratchHome();
  const folder = join(home.path, '.config', 'filezilla');
  await mkdir(folder, { recursive: true });
  file = join(folder, 'sitemanager.xml');
});
afterEach(() => home.remove());

const read = async (): Promise<string | undefined> => {
  const machine = { platform: 'linux', home: home.path, env: {} } as const;
  const now = await takeExporterSnapshot({ machine, registry: null }, [filezilla]);
  return now.file(file)?.toString();
};

// The rules of another platform's paths would be needed for the files of this one.
it.skipIf(process.platform === 'win32').each([
  ['half of it', LIST.slice(0, 40)],
  ['nothing yet', ''],
])('a list of which %s is there is read again', async (_, half) => {
  await writeFile(`${file}~`, LIST);
  await writeFile(file, half);
  const reading = read();
  // After the first look, and before the second one, which waits longer in the same process.
  setTimeout(() => {
    writeFileSync(file, LIST);
  }, 50);
  expect(await reading).toBe(LIST);
});

it.skipIf(process.platform === 'win32')(
  'what is damaged for good is handed on as it is',
  async () => {
    await writeFile(file, '<FileZilla3>');
    expect(await read()).toBe('<FileZilla3>');
  },
);
