import { setTimeout as sleep } from 'node:timers/promises';
import { readFileIfExists } from '../../platform/read-file.js';
import { olderLog } from '../../tunnel/agent/log-file.js';
import type { Workspace } from '../workspace.js';
import { agentPlaces } from './address.js';

/** Watching a file is told differently by every system; looking is not. */
const LOOK_EVERY_MS = 300;

/** What the agent has logged, oldest first; empty where it never ran. */
export async function readLog(workspace: Workspace): Promise<string> {
  const { logFile } = agentPlaces(workspace);
  const [older, newer] = await Promise.all([
    readFileIfExists(olderLog(logFile)),
    readFileIfExists(logFile),
  ]);
  return `${older?.toString('utf8') ?? ''}${newer?.toString('utf8') ?? ''}`;
}

/** Gives what is logged from now on, until the process ends. */
export async function followLog(
  workspace: Workspace,
  print: (text: string) => void,
): Promise<never> {
  const { logFile } = agentPlaces(workspace);
  let seen = (await readFileIfExists(logFile))?.length ?? 0;
  for (;;) {
    await sleep(LOOK_EVERY_MS);
    const bytes = (await readFileIfExists(logFile)) ?? Buffer.alloc(0);
    // A shorter file is a new one.
    if (bytes.length < seen) seen = 0;
    if (bytes.length > seen) print(bytes.toString('utf8', seen));
    seen = bytes.length;
  }
}
