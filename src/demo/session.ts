import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  generateDropbearKey,
  generateOwnKey,
  generatePkcs1Key,
  type DemoKey,
  type RsaSource,
} from './keys.js';
import { startSshd, type Sshd, type SshdEvent } from './sshd.js';

type SessionStatus = 'PENDING' | 'RUNNING' | 'TERMINATED';
type SessionType = 'interactive' | 'system';

/**
 * Where the key of a session comes from: `keypair`: the one stored with the access key, in all its
 * sessions (PKCS#1); `dropbear`: made by the container (OpenSSH container, p < q); `own`: the user
 * has mounted a `.ssh` folder, and there is no id_container.
 */
type KeyOrigin = 'keypair' | 'dropbear' | 'own';

/** A compute session of the demo. Its container is a scratch folder and an SSH server. */
export interface DemoSession {
  readonly id: string;
  /** The id of the main container: what 22.x calls `id`. */
  readonly kernelId: string;
  readonly name: string;
  readonly type: SessionType;
  readonly image: string;
  readonly accessKey: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly keyOrigin: KeyOrigin;
  status: SessionStatus;
  terminatedAt: string | null;
  /** The key that logs in. Secret. For `own` the key whose public half is in the mounted folder. */
  userKey: DemoKey;
  hostKey: DemoKey;
  /** The scratch folder that is `/home/work`; '' while PENDING. */
  readonly home: string;
  /** Running while the session is. */
  sshd: Sshd | null;
  /** Where the tunnel leads instead of the session's own SSH server. */
  target: { readonly host: string; readonly port: number } | null;
  /** The container's port refuses connections. */
  refusing: boolean;
}

/** What a session is made of. */
export interface SessionSpec {
  readonly name: string;
  readonly keyOrigin: KeyOrigin;
  readonly status?: 'PENDING' | 'RUNNING';
  readonly type?: SessionType;
  readonly accessKey: string;
  /** Keys to take over; made anew where absent. */
  readonly userKey?: DemoKey;
  readonly hostKey?: DemoKey;
  /** Milliseconds since the epoch; now where absent. */
  readonly createdAt?: number;
}

/** Makes the key that a session of this origin lets in. */
export function generateUserKey(origin: KeyOrigin, rsa: RsaSource): Promise<DemoKey> {
  if (origin === 'dropbear') return generateDropbearKey(rsa);
  return origin === 'own' ? generateOwnKey() : generatePkcs1Key(rsa);
}

/**
 * Creates a session and, unless it is PENDING, starts its container: scratch folder and SSH server.
 * @param scratch the folder in which the session's home is made
 */
export async function createSession(
  spec: SessionSpec,
  scratch: string,
  rsa: RsaSource,
  report: (session: DemoSession, event: SshdEvent) => void,
): Promise<DemoSession> {
  const status = spec.status ?? 'RUNNING';
  const [userKey, hostKey] =
    status === 'PENDING'
      ? [noKey, noKey]
      : await Promise.all([
          spec.userKey ?? generateUserKey(spec.keyOrigin, rsa),
          spec.hostKey ?? generatePkcs1Key(rsa),
        ]);
  const id = randomUUID();
  const type = spec.type ?? 'interactive';
  const session: DemoSession = {
    id,
    kernelId: randomUUID(),
    name: spec.name,
    type,
    image:
      type === 'system'
        ? 'cr.backend.ai/stable/sftp-server:24.04-ubuntu24.04'
        : 'cr.backend.ai/stable/python:3.9-ubuntu20.04',
    accessKey: spec.accessKey,
    createdAt: new Date(spec.createdAt ?? Date.now()).toISOString().replace('Z', '000+00:00'),
    keyOrigin: spec.keyOrigin,
    status,
    terminatedAt: null,
    userKey,
    hostKey,
    home: join(scratch, id),
    sshd: null,
    target: null,
    refusing: false,
  };
  if (status === 'RUNNING') {
    await furnishHome(session);
    session.sshd = await startSshd({
      hostKey: hostKey.privateText,
      home: session.home,
      report: (event) => {
        report(session, event);
      },
    });
  }
  return session;
}

/** For sessions that have no container yet. */
const noKey: DemoKey = { privateText: '', publicLine: '' };

/** Stops the container; the session stays in the lists as a dead one. */
export async function terminateSession(session: DemoSession): Promise<void> {
  session.status = 'TERMINATED';
  session.terminatedAt = new Date().toISOString();
  await session.sshd?.close();
  session.sshd = null;
}

/** Writes the key files of the container as the agent and the kernel runner do. */
export async function writeKeys(session: DemoSession): Promise<void> {
  const { home, userKey, keyOrigin } = session;
  const secret = { mode: 0o600 };
  await mkdir(join(home, '.ssh'), { recursive: true, mode: 0o700 });
  await writeFile(join(home, '.ssh', 'authorized_keys'), `${userKey.publicLine}\n`, secret);
  await rm(join(home, 'id_container'), { force: true });
  if (keyOrigin === 'own') return;
  await writeFile(join(home, 'id_container'), userKey.privateText, secret);
  if (keyOrigin === 'keypair') {
    await writeFile(join(home, '.ssh', 'id_rsa'), userKey.privateText, secret);
  }
}

async function furnishHome(session: DemoSession): Promise<void> {
  const folder = join(session.home, 'my-folder');
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await writeKeys(session);
  await writeFile(
    join(session.home, 'README.txt'),
    `This is the home folder of the demo session "${session.name}".\n` +
      'It lives in a temporary folder on your computer and is removed when the demo ends.\n',
  );
  await writeFile(join(folder, '안녕.txt'), 'A file in a mounted folder.\n');
}
