import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long programs get to end by themselves before they are killed. */
const GRACE_MS = 3000;

/** Parent and state of a process, from /proc/PID/stat (proc(5)); `undefined` when it is gone. */
function processStatus(pid: number): { parent: number; dead: boolean } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The command, field 2, is in parentheses and may itself hold blanks and parentheses.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(parent), dead: state === 'Z' || state === 'X' };
  } catch {
    return undefined;
  }
}

/** `pid` and everything that it started, directly or not, its own sessions and groups included. */
function treeOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const status = processStatus(Number(name));
    if (status === undefined) continue;
    children.set(status.parent, [...(children.get(status.parent) ?? []), Number(name)]);
  }
  const tree = [pid];
  for (const member of tree) tree.push(...(children.get(member) ?? []));
  return tree;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already, which is what we wanted.
  }
}

function alive(pid: number): boolean {
  const status = processStatus(pid);
  return status !== undefined && !status.dead;
}

/**
 * Ends a program and all it started: SIGTERM, then SIGKILL to what is left. Signals to a process
 * group are not enough: dropbear puts each connection, and FileZilla its helper, in one of its own.
 */
export async function stopTree(pid: number): Promise<void> {
  const tree = treeOf(pid);
  for (const member of tree) signal(member, 'SIGTERM');
  const end = performance.now() + GRACE_MS;
  while (tree.some(alive) && performance.now() < end) await sleep(50);
  for (const member of tree) if (alive(member)) signal(member, 'SIGKILL');
}

/** The same at once and for good, for use while this process is exiting. */
export function killTree(pid: number): void {
  for (const member of treeOf(pid)) signal(member, 'SIGKILL');
}
