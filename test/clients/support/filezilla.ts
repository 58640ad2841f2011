import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startInBackground } from './background-program.js';
import type { ClientHome } from './client-home.js';
import type { Display } from './display.js';
import { fileZillaLog, writeQuietSettings } from './filezilla-settings.js';
import { withFullSignature } from './short-signature.js';
import { waitUntil } from './wait-until.js';

/** What became of opening a site, from FileZilla's own log and the windows on its display. */
interface FileZillaOutcome {
  /** The folder that it has listed; `undefined` when it has not. */
  readonly listed: string | undefined;
  /** Titles of everything that is not the main window. */
  readonly dialogs: readonly string[];
  /** Its messages of type `Error`. */
  readonly errors: readonly string[];
  /** The whole message log, for the report of a failed test. */
  readonly log: string;
}

const LISTED = /Directory listing of "(.*)" successful/;
const ERROR = /Error:\s*(.*)/g;

/** A dialog can follow the listing, e.g. one about the queue; this is how long we look for it. */
const SETTLE_MS = 1000;

/**
 * Starts the real FileZilla with `--site=SITE`, waits until it has listed a folder, shows a dialog,
 * reports an error or ends, and ends it.
 *
 * @param site path as FileZilla wants it: `0/Folder/Name`
 * @throws Error when nothing of that happens within `timeoutMs`
 */
export function openInFileZilla(
  home: ClientHome,
  display: Display,
  site: string,
  timeoutMs = 60_000,
): Promise<FileZillaOutcome> {
  return withFullSignature(
    () => openOnce(home, display, site, timeoutMs),
    ({ log }) => log,
  );
}

async function openOnce(
  home: ClientHome,
  display: Display,
  site: string,
  timeoutMs: number,
): Promise<FileZillaOutcome> {
  await writeQuietSettings(home);
  // It appends, and what it said the last time is not what became of this time.
  await rm(fileZillaLog(home), { force: true });
  const program = await startInBackground('filezilla', [`--site=${site}`], {
    env: {
      ...home.env,
      DISPLAY: display.name,
      GTK_THEME: 'Adwaita',
      // No accessibility bus and no session bus: both cost seconds of waiting when absent.
      NO_AT_BRIDGE: '1',
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent',
    },
    outputFile: join(home.path, 'filezilla.output'),
  });
  try {
    await waitUntil(
      `FileZilla opens ${site}`,
      timeoutMs,
      async () => {
        const { listed, dialogs, errors } = await look(home, display);
        const over = listed !== undefined || dialogs.length > 0 || errors.length > 0;
        return over || !program.running() ? true : undefined;
      },
      async () => `${(await look(home, display)).log}\n${program.output()}`,
    );
    await sleep(SETTLE_MS);
    return await look(home, display);
  } finally {
    await program.stop();
  }
}

async function look(home: ClientHome, display: Display): Promise<FileZillaOutcome> {
  const log = await readFile(fileZillaLog(home), 'utf8').catch(() => '');
  const titles = await display.windowTitles();
  return {
    listed: LISTED.exec(log)?.[1],
    dialogs: titles.filter((title) => title !== 'FileZilla' && !title.endsWith(' - FileZilla')),
    errors: [...log.matchAll(ERROR)].map(([, text = '']) => text),
    log,
  };
}
