import { chmod, mkdir, stat } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { BaiError } from '../errors.js';
import { runProgram, type ProgramRunner } from './run-program.js';
import { systemProgram } from './windows-system.js';

/** Whose rules hold, and how Windows' programs are run; replaced in tests. */
interface PrivateFilesHost {
  readonly platform: NodeJS.Platform;
  readonly run: ProgramRunner;
}

const thisHost: PrivateFilesHost = { platform: process.platform, run: runProgram };

/** OWNER RIGHTS, a well-known SID ([MS-DTYP] 2.4.2.4): stands for whoever owns the object. */
const OWNER_RIGHTS = 'S-1-3-4';

/** Folders that this process has restricted; files made in them are private by inheritance. */
const restricted = new Set<string>();

/**
 * Makes `path` a folder that only its owner can enter, missing parents included. Call it before
 * anything is put in. POSIX: mode 0700. Windows: an ACL with the user's SID alone, inherited by
 * everything inside. Only for folders of our own: an existing one is tightened.
 * @throws BaiError where the folder cannot be made, or cannot be made private
 */
export async function ensurePrivateDirectory(path: string, host = thisHost): Promise<void> {
  try {
    // The XDG Base Directory Specification asks for 0700 on the missing parents too.
    const made = await mkdir(path, { recursive: true, mode: 0o700 });
    if (made !== undefined) forget(made);
    else if (restricted.has(path)) return;
  } catch (cause) {
    throw new BaiError(
      'directory-not-created',
      `cannot create the folder ${path}: ${(cause as Error).message}`,
      'see whether its parent folder is there and writable, or set BAI_WIN_HOME to another place',
      { cause },
    );
  }
  if (host.platform === 'win32') {
    // What lies in a private folder has inherited its access.
    if (!isPrivateDirectory(path)) await restrictToOwner(path, 'directory', host);
  } else if (((await stat(path)).mode & 0o077) !== 0) {
    await chmod(path, 0o700).catch((cause: unknown) => {
      throw new BaiError(
        'directory-not-private',
        `other accounts can read the folder ${path} and its mode cannot be changed`,
        `make it yours alone (chown and chmod 700), or set BAI_WIN_HOME to another place`,
        { cause },
      );
    });
  }
  restricted.add(path);
}

/** A folder that had to be made was not there any more, nor was what we restricted in it. */
function forget(made: string): void {
  for (const path of restricted) {
    if (path === made || path.startsWith(`${made}${sep}`)) restricted.delete(path);
  }
}

/** Whether files made in this folder are private by inheritance; known only of our own folders. */
export function isPrivateDirectory(path: string): boolean {
  const parent = dirname(path);
  return restricted.has(path) || (parent !== path && isPrivateDirectory(parent));
}

/**
 * Windows: replaces the inherited access of a file or folder by full access for the user alone. The
 * user is named by SID, since account and group names are translated.
 * @throws BaiError where Windows refuses, for example on a FAT volume, which has no access control
 */
export async function restrictToOwner(
  path: string,
  kind: 'file' | 'directory',
  host = thisHost,
): Promise<void> {
  const sid = await userSid(host.run);
  const rights = kind === 'directory' ? '(OI)(CI)F' : 'F';
  const { exitCode } = await host.run(systemProgram('icacls.exe'), [
    path,
    '/inheritance:r',
    '/grant:r',
    `*${sid}:${rights}`,
  ]);
  if (exitCode !== 0) {
    throw new BaiError(
      'access-not-restricted',
      `cannot restrict ${path} to your account: icacls ended with code ${exitCode}`,
      'keep bai-win on a drive formatted with NTFS: set BAI_WIN_HOME to a folder there',
    );
  }
}

/** whoami is asked once. */
const sids = new WeakMap<ProgramRunner, Promise<string>>();

/** The SID of the current user. Wine's whoami knows no SID: there the owner's rights must do. */
function userSid(run: ProgramRunner): Promise<string> {
  let sid = sids.get(run);
  if (sid === undefined) {
    sid = run(systemProgram('whoami.exe'), ['/user', '/fo', 'csv', '/nh']).then(
      // The account name before it is in the console's code page; the SID is ASCII everywhere.
      ({ stdout }) => /"(S-1-[0-9-]+)"/.exec(stdout.toString('latin1'))?.[1] ?? OWNER_RIGHTS,
    );
    sids.set(run, sid);
  }
  return sid;
}
