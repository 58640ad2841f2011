import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../platform/is-alive.js';
import { errorCode } from '../platform/read-file.js';
import type { Prepare } from '../tunnel/upgrade.js';
import { FRESH_MS, type SiteRefresher } from './refresh-site.js';
import { readState } from './site-list.js';
import type { Workspace } from './workspace.js';

/** So long the check of another process is waited for; where that hangs, one of our own is as good. */
const PATIENCE_MS = 3_000;
const POLL_MS = 50;

/** The manager is asked for 15 s at most, and what is written then takes little. */
const LONGEST_MS = 30_000;

/**
 * `SiteRefresher.prepare` for processes that carry one connection each and that clients start in
 * numbers: what one of them has just found serves the others, as it serves all clients of a tunnel.
 * Each check is a connection to sshd more, which takes five that have not logged in yet.
 *
 * What passes between them are the times of two files; where those cannot be had, each checks for itself.
 *
 * @param site its id, and the session that its notes named when this process began
 */
export function sharedCheck(
  workspace: Workspace,
  site: { readonly id: string; readonly session: { readonly id: string } },
  refresher: Pick<SiteRefresher, 'prepare' | 'isChecked'>,
): Prepare {
  const { checked, checking } = filesOf(workspace, site.id);

  const check = async (afterFailure: boolean): ReturnType<Prepare> => {
    const verdict = await refresher.prepare(afterFailure);
    if (refresher.isChecked) await writeFile(checked, '', { mode: 0o600 }).catch(() => undefined);
    return verdict;
  };
  /** Whether another process has found that the files fit the session that this one dials. */
  const isKnown = async (): Promise<boolean> => {
    if (!(await isYounger(checked, FRESH_MS))) return false;
    return (await readState(workspace)).sites[site.id]?.sessionId === site.session.id;
  };
  return async (afterFailure) => {
    if (afterFailure) return check(true);
    for (let waited = 0; waited < PATIENCE_MS; waited += POLL_MS) {
      if (await isKnown()) return 'ready';
      if (await claim(checking)) {
        try {
          return await check(false);
        } finally {
          await rm(checking, { force: true }).catch(() => undefined);
        }
      }
      await sleep(POLL_MS);
    }
    return check(false);
  };
}

/** Removes what checks of a site have left, where it can be removed: nobody needs it to be gone. */
export async function forgetChecks(workspace: Workspace, id: string): Promise<void> {
  for (const file of Object.values(filesOf(workspace, id))) {
    await rm(file, { force: true }).catch(() => undefined);
  }
}

/** When a site was checked last, and by which process it is being checked. */
function filesOf({ paths }: Workspace, id: string): { checked: string; checking: string } {
  return {
    checked: join(paths.state, `checked-${id}`),
    checking: join(paths.state, `checking-${id}`),
  };
}

/** Makes a file that nobody has made; `false` where somebody has, and may still be at it. */
async function claim(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') return true;
    // SSH clients kill their proxies, and another program may have the number of one by now.
    const owner = Number(await readFile(path, 'utf8').catch(() => ''));
    const isAtWork = isAlive(owner) && (await isYounger(path, LONGEST_MS));
    if (!isAtWork) await rm(path, { force: true }).catch(() => undefined);
    return false;
  }
}

/** Whether a file was written less than so many milliseconds ago. */
async function isYounger(path: string, milliseconds: number): Promise<boolean> {
  const written = await stat(path).catch(() => null);
  if (written === null) return false;
  const age = Date.now() - written.mtimeMs;
  return age >= 0 && age < milliseconds;
}
