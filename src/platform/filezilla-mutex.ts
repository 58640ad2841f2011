import { spawn } from 'node:child_process';
import { systemProgram } from './windows-system.js';

/**
 * FileZilla on Windows guards `sitemanager.xml` with named mutexes, the same from 3.30 to 3.71:
 * type 2 while it loads or saves the file, type 3 as long as its Site Manager is open. What another
 * program writes meanwhile is lost when the dialog is closed.
 */
const MUTEX = 'FileZilla 3 Mutex Type ';

/** FileZilla holds type 2 for milliseconds; we wait a little longer. */
export const SAVE_WAIT_MS = 5_000;

/** PowerShell starts within a second or two on slow machines; without it we go on unguarded. */
const START_LIMIT_MS = 10_000;

/** What the process that holds the mutexes says first. */
export type MutexAnswer =
  | 'held'
  /** Another process has type 3: the Site Manager is open. */
  | 'open'
  /** Another process keeps type 2. */
  | 'busy'
  /** There is no PowerShell, or it may not do this. */
  | 'unavailable';

/** A process that holds the mutexes until it is released. */
export interface MutexHolder {
  readonly answer: Promise<MutexAnswer>;
  release(): Promise<void>;
}

/**
 * Takes both mutexes, says so, and lets go when its input ends, so also when we die. An abandoned
 * mutex, whose owner died, is ours like any other. No double quotes: it goes through a command line.
 */
const SCRIPT = `
$ErrorActionPreference = 'Stop'
function Take($type, $wait) {
  $script:mutex = New-Object System.Threading.Mutex($false, ('${MUTEX}' + $type))
  try { return $script:mutex.WaitOne($wait) } catch {
    if ($_.Exception.GetBaseException() -is [System.Threading.AbandonedMutexException]) { return $true }
    throw
  }
}
if (-not (Take 3 0)) { [Console]::Out.WriteLine('open'); exit }
$dialog = $script:mutex
if (-not (Take 2 ${SAVE_WAIT_MS})) { [Console]::Out.WriteLine('busy'); exit }
[Console]::Out.WriteLine('held')
[void][Console]::In.ReadLine()
$script:mutex.ReleaseMutex()
$dialog.ReleaseMutex()
`;

/** Starts a PowerShell that takes both mutexes: Node cannot. */
export function startMutexHolder(): MutexHolder {
  const program = systemProgram('WindowsPowerShell', 'v1.0', 'powershell.exe');
  const args = ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command', SCRIPT];
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true });
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => {
      resolve();
    });
    child.once('close', () => {
      resolve();
    });
  });
  // Nobody reads it when the program is not there.
  child.stdin.on('error', () => undefined);
  let timer: NodeJS.Timeout | undefined;
  const answer = new Promise<MutexAnswer>((resolve) => {
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1');
      if (/^held\r?\n/.test(said)) resolve('held');
      if (/^open\r?\n/.test(said)) resolve('open');
      if (/^busy\r?\n/.test(said)) resolve('busy');
    });
    void ended.then(() => {
      resolve('unavailable');
    });
    timer = setTimeout(resolve, START_LIMIT_MS + SAVE_WAIT_MS, 'unavailable');
  });
  return {
    answer,
    release: async () => {
      clearTimeout(timer);
      child.stdin.end();
      if ((await answer) === 'unavailable') child.kill();
      await ended;
    },
  };
}
