import { join } from 'node:path';
import {
  fingerprint,
  privateKeyText,
  publicKeyBlob,
  readPrivateKey,
  writeOpenssh,
  writePpk,
} from '../convert/index.js';
import type { FileChange } from '../changes/change.js';
import type { Snapshot } from '../changes/snapshot.js';
import { downloadKeyFile } from '../manager/key-file.js';
import type { Session } from '../manager/session.js';
import { readFileIfExists } from '../platform/read-file.js';
import type { Manager } from './sign-in.js';
import type { Workspace } from './workspace.js';

/** The session's key in both forms that clients read. */
export interface KeyFiles {
  /** The key for OpenSSH and most clients: as downloaded, where OpenSSH reads that. Secret. */
  readonly openssh: Buffer;
  /** The same key for PuTTY and FileZilla. Secret. */
  readonly ppk: Buffer;
  /** The key for our own login, in the one format that our SSH library reads for all types. Secret. */
  readonly forLogin: string;
  /** `SHA256:…`, as `ssh-keygen -l` shows it. */
  readonly fingerprint: string;
  /** e.g. `ssh-rsa`. */
  readonly algorithm: string;
}

/** Where the key files of a site live. */
export interface KeyPaths {
  readonly keyPath: string;
  readonly ppkPath: string;
}

/** The folder of a site's key files; nothing else is put there. */
export function keyFolderOf(workspace: Workspace, siteId: string): string {
  return join(workspace.paths.keys, siteId);
}

export function keyPathsOf(workspace: Workspace, siteId: string): KeyPaths {
  const folder = keyFolderOf(workspace, siteId);
  return { keyPath: join(folder, 'id_container'), ppkPath: join(folder, 'id_container.ppk') };
}

/**
 * Downloads the key of a session and converts it.
 *
 * @throws BaiError where there is none, KeyError where it cannot be read
 */
export async function fetchKeyFiles(manager: Manager, session: Session): Promise<KeyFiles> {
  const { payload } = await downloadKeyFile(manager.client, session);
  const key = await readPrivateKey(payload);
  const text = privateKeyText(payload);
  return {
    // Of the forms that a key file can have, PKCS#8 is the one that older OpenSSH does not always read.
    openssh: Buffer.from(
      text.startsWith('-----BEGIN PRIVATE KEY-----') ? await writeOpenssh(key) : text,
    ),
    forLogin: await writeOpenssh(key),
    ppk: Buffer.from(await writePpk(key)),
    fingerprint: fingerprint(publicKeyBlob(key), 'sha256'),
    algorithm: key.algorithm,
  };
}

/** The changes that bring both key files up to date; none where they are. */
export function planKeyFiles(files: KeyFiles, paths: KeyPaths, now: Snapshot): FileChange[] {
  return keyFileChanges(paths, now, { key: files.openssh, ppk: files.ppk });
}

/** The changes that remove both key files; none where there are none. */
export function planNoKeyFiles(paths: KeyPaths, now: Snapshot): FileChange[] {
  return keyFileChanges(paths, now, { key: null, ppk: null });
}

function keyFileChanges(
  { keyPath, ppkPath }: KeyPaths,
  now: Snapshot,
  after: { key: Buffer | null; ppk: Buffer | null },
): FileChange[] {
  const change = (title: string, path: string, content: Buffer | null): FileChange => ({
    kind: 'file',
    stage: 'key-file',
    title,
    path,
    before: now.file(path),
    after: content,
    secret: true,
    foreign: false,
  });
  return [change('key file', keyPath, after.key), change('PuTTY key file', ppkPath, after.ppk)];
}

/**
 * The key of a .ppk file for our own login.
 *
 * @throws BaiError or KeyError where the file cannot be read back
 */
export async function readWrittenKey(ppkPath: string): Promise<string> {
  const bytes = await readFileIfExists(ppkPath);
  return writeOpenssh(await readPrivateKey(bytes ?? Buffer.alloc(0)));
}
