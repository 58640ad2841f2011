import { join } from 'node:path';
import { startInBackground } from './background-program.js';
import { runProgram } from './run-program.js';
import { waitUntil } from './wait-until.js';

/** An X display of our own, in memory, with a window manager. */
export interface Display {
  /** For the environment: `:1`. */
  readonly name: string;
  /** Titles of all visible windows, without those that the programs never show. */
  windowTitles(): Promise<string[]>;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 20_000;

/** Names of helper windows of the window manager and of GTK, which nobody sees. */
const HELPER_WINDOWS = new Set(['Openbox', 'filezilla']);

/**
 * Starts Xvfb on a number that it chooses itself, and openbox on it: without a window manager
 * FileZilla's dialogs get neither focus nor title. Output goes to files in `folder`.
 */
export async function startDisplay(folder: string): Promise<Display> {
  const path = '/usr/bin:/bin';
  const server = await startInBackground(
    'Xvfb',
    ['-displayfd', '1', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'],
    { env: { PATH: path }, outputFile: join(folder, 'xvfb.log') },
  );
  const number = await waitUntil(
    'Xvfb names its display',
    START_TIMEOUT_MS,
    () => /^(\d+)$/m.exec(server.output())?.[1],
    () => server.output(),
  );
  const name = `:${number}`;
  const env = { PATH: path, HOME: folder, DISPLAY: name, LANG: 'C.UTF-8' };

  const manager = await startInBackground('openbox', [], {
    env,
    outputFile: join(folder, 'openbox.log'),
  });
  await waitUntil(
    'openbox manages the display',
    START_TIMEOUT_MS,
    async () => {
      const { stdout } = await runProgram('xprop', ['-root', '_NET_SUPPORTING_WM_CHECK'], { env });
      return stdout.includes('window id') ? true : undefined;
    },
    () => manager.output(),
  );

  return {
    name,
    windowTitles: async () => {
      const search = ['search', '--onlyvisible', '--name', '.'];
      const { stdout: ids } = await runProgram('xdotool', search, { env });
      const titles = new Set<string>();
      for (const id of ids.split('\n').filter((line) => line !== '')) {
        // A window may close between the search and this question; then there is no name.
        const { code, stdout } = await runProgram('xdotool', ['getwindowname', id], { env });
        const title = stdout.trimEnd();
        if (code === 0 && title !== '' && !HELPER_WINDOWS.has(title)) titles.add(title);
      }
      return [...titles].sort();
    },
    stop: async () => {
      await manager.stop();
      await server.stop();
    },
  };
}
