import { join } from 'node:path';
import {
  fingerprint,
  KeyError,
  privateKeyText,
  publicKeyBlob,
  readPrivateKey,
  writeOpenssh,
  writePpk,
  type PrivateKey,
} from '../convert/index.js';
import { BaiError } from '../errors.js';
import type { FileChange } from '../changes/change.js';
import type { Snapshot } from '../changes/snapshot.js';
import { downloadKeyFile } from '../manager/key-file.js';
import type { Session } from '../manager/session.js';
import { readFileIfExists } from '../platform/read-file.js';
import { namingKey } from './naming-key.js';
import type { Manager } from './sign-in.js';
import type { SiteRecord } from './state.js';
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
  /** Full path of the user's own key that they were made from; absent for the session's key. */
  readonly identity?: string;
  /** Whether the container made it for itself, and not the manager for all sessions of the account. */
  readonly isOfContainer: boolean;
}

/** What of a key stands in files and notes. */
export type WrittenKey = Pick<KeyFiles, 'openssh' | 'ppk' | 'fingerprint' | 'identity'>;

/** Where the key files of a site live. */
interface KeyPaths {
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
 * Downloads the key of a session and converts it; or reads the user's own, where the session knows
 * that one. The file of an own key is only read.
 *
 * @param identity full path of the own key, `undefined` for the session's
 * @throws BaiError where there is none, it is encrypted, or it cannot be read
 */
export async function fetchKeyFiles(
  { options }: Workspace,
  manager: Manager,
  session: Session,
  identity: string | undefined,
): Promise<KeyFiles> {
  if (identity !== undefined) {
    const own = convertKeyFile(await readIdentity(identity), identity);
    return { ...(await namingKey(identity, own)), identity };
  }
  const { payload, path } = await downloadKeyFile(manager.client, session, options);
  const name = `/home/work/${path} in session "${session.name}"`;
  return namingKey(name, convertKeyFile(payload, name));
}

async function readIdentity(path: string): Promise<Buffer> {
  const bytes = await readFileIfExists(path);
  if (bytes !== null) return bytes;
  throw new BaiError(
    'identity-absent',
    `your own key is not there: ${path}`,
    "give its new place with --identity; to go back to the session's key, remove the session with bai-win remove and set it up again",
  );
}

/** @param name what errors call the key */
async function convertKeyFile(bytes: Buffer, name: string): Promise<Omit<KeyFiles, 'identity'>> {
  const key = await readPrivateKey(bytes).catch((error: unknown) => {
    const isEncrypted = error instanceof KeyError && error.code === 'passphrase-needed';
    throw isEncrypted ? encrypted(name, error) : error;
  });
  const forLogin = await writeOpenssh(key);
  return {
    openssh: Buffer.from(opensshText(bytes) ?? forLogin),
    forLogin,
    ppk: Buffer.from(await writePpk(key)),
    fingerprint: fingerprint(publicKeyBlob(key), 'sha256'),
    algorithm: key.algorithm,
    isOfContainer: isOfContainer(bytes, key),
  };
}

/**
 * What dropbearconvert writes in a container without a key pair of the account (protocol reference,
 * section 6.1): OpenSSH's format without a comment. The manager's own pairs are PEM.
 */
function isOfContainer(bytes: Buffer, { algorithm, comment }: PrivateKey): boolean {
  const isOpenssh = bytes.includes('-----BEGIN OPENSSH PRIVATE KEY-----');
  return isOpenssh && algorithm === 'ssh-rsa' && (comment === null || comment.length === 0);
}

/**
 * The key's own text where OpenSSH reads it, else `null`: older versions do not always read PKCS#8,
 * and none reads PPK.
 */
function opensshText(bytes: Buffer): string | null {
  try {
    const text = privateKeyText(bytes);
    return text.startsWith('-----BEGIN PRIVATE KEY-----') ? null : text;
  } catch (error) {
    if (error instanceof KeyError && error.code === 'no-pem-text') return null;
    throw error;
  }
}

/**
 * Clients would ask for the passphrase at each connection, and setup could neither prove the login nor
 * keep the files true later; so a key with a passphrase is left to the person.
 */
function encrypted(name: string, cause: KeyError): BaiError {
  return new BaiError(
    'key-encrypted',
    `the key is protected by a passphrase: ${name}`,
    'setup takes only keys without one. For PuTTY and FileZilla, bai-win convert FILE makes an encrypted .ppk that asks for it at each connection; bai-win convert FILE --to openssh --decrypt makes a key for --identity',
    { cause },
  );
}

/** The changes that bring both key files up to date; none where they are. */
export function planKeyFiles(files: WrittenKey, paths: KeyPaths, now: Snapshot): FileChange[] {
  return keyFileChanges(paths, now, { key: files.openssh, ppk: files.ppk });
}

/** The key of a site as it was written last; `null` where one of its files is gone. */
export function keptKey(
  { keyPath, ppkPath }: KeyPaths,
  now: Snapshot,
  { keyFingerprint, identity }: SiteRecord,
): WrittenKey | null {
  const [openssh, ppk] = [now.file(keyPath), now.file(ppkPath)];
  if (openssh === null || ppk === null) return null;
  const own = identity === undefined ? {} : { identity };
  return { openssh, ppk, fingerprint: keyFingerprint, ...own };
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
 * @throws BaiError where the file cannot be read back
 */
export async function readWrittenKey(ppkPath: string): Promise<string> {
  const bytes = await readFileIfExists(ppkPath);
  return writeOpenssh(await namingKey(ppkPath, readPrivateKey(bytes ?? Buffer.alloc(0))));
}
