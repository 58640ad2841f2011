import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { startInBackground, type BackgroundProgram } from './background-program.js';
import type { DropbearHostKey } from './dropbear-host-key.js';
import { freePort } from './free-port.js';
import { waitUntil } from './wait-until.js';

/** A real dropbear on 127.0.0.1, as it runs inside a compute session. */
export interface Dropbear {
  readonly port: number;
  /** dropbear's log: one `Pubkey auth succeeded for 'work' …` line for each login. */
  log(): string;
  stop(): Promise<void>;
}

const ATTEMPTS = 5;

/** dropbear 2022.83 says this once its sockets listen; before that it ends if it has none. */
const LISTENING = /Not backgrounding/;

/**
 * Starts dropbear with the options that Backend.AI gives it (no root, no passwords for root, keep-alive
 * 15 s, no idle time-out), in the foreground, logging to a file in `folder`. Who may log in is
 * decided by the account's own `authorized_keys`.
 *
 * @throws Error when it does not listen within 10 s
 */
export async function startDropbear(folder: string, hostKey: DropbearHostKey): Promise<Dropbear> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const program = await startOn(port, folder, hostKey);
    const listens = await waitUntil(
      'dropbear listens or gives up',
      10_000,
      () => (LISTENING.test(program.output()) ? true : program.running() ? undefined : false),
      () => program.output(),
    );
    if (listens) return { port, log: () => program.output(), stop: () => program.stop() };
    // Somebody took the port between the question and dropbear's start.
    if (attempt === ATTEMPTS) throw new Error(`dropbear does not start\n${program.output()}`);
  }
}

function startOn(
  port: number,
  folder: string,
  hostKey: DropbearHostKey,
): Promise<BackgroundProgram> {
  const name = `dropbear-${port}-${randomBytes(2).toString('hex')}`;
  const args = ['-r', hostKey.file, '-F', '-E', '-g', '-w', '-K', '15', '-I', '0'];
  args.push('-P', join(folder, `${name}.pid`), '-p', `127.0.0.1:${port}`);
  return startInBackground('dropbear', args, {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' },
    outputFile: join(folder, `${name}.log`),
  });
}
