import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../platform/atomic-write.js';
import { isAlive } from '../platform/is-alive.js';
import { isLifeShown, showLife } from '../platform/life-sign.js';
import { ensurePrivateDirectory } from '../platform/private-files.js';
import { readFileIfExists } from '../platform/read-file.js';
import { isPortFree } from '../tunnel/ports.js';
import type { Workspace } from './workspace.js';

/** A tunnel that another bai-win process holds open. */
export interface RunningTunnel {
  readonly pid: number;
  readonly port: number;
}

/** What the process that holds a tunnel notes. */
interface Note extends RunningTunnel {
  /** Port of its life sign; absent in notes of earlier versions. */
  readonly sign?: number;
}

const fileOf = (workspace: Workspace, siteId: string): string =>
  join(workspace.paths.state, `tunnel-${siteId}.json`);

/**
 * The tunnel of a site that is open now, or `null`. A note left by a process that died counts as none,
 * also where one other program has its number by now, and another one its port.
 */
export async function findRunningTunnel(
  workspace: Workspace,
  siteId: string,
): Promise<RunningTunnel | null> {
  const bytes = await readFileIfExists(fileOf(workspace, siteId));
  if (bytes === null) return null;
  try {
    const { pid, port, sign } = JSON.parse(bytes.toString('utf8')) as Note;
    if (!isAlive(pid) || (await isPortFree(port))) return null;
    return sign === undefined || (await isLifeShown(sign)) ? { pid, port } : null;
  } catch {
    return null;
  }
}

/**
 * Notes that this process holds the tunnel of a site.
 *
 * @returns takes the note away; synchronous, so that it also works while the process exits
 */
export async function announceTunnel(
  workspace: Workspace,
  siteId: string,
  port: number,
): Promise<() => void> {
  const file = fileOf(workspace, siteId);
  await ensurePrivateDirectory(workspace.paths.state);
  const sign = await showLife();
  const content: Note = { pid: process.pid, port, sign: sign.port };
  const note = Buffer.from(JSON.stringify(content));
  try {
    await writeFileAtomic(file, note, { private: true });
  } catch (error) {
    sign.end();
    throw error;
  }
  return () => {
    sign.end();
    if (isStill(file, note)) rmSync(file, { force: true });
  };
}

/** Whether a file still holds this: another process may have noted a tunnel of its own meanwhile. */
function isStill(file: string, content: Buffer): boolean {
  try {
    return readFileSync(file).equals(content);
  } catch {
    return false;
  }
}
