import { Client, type SFTPWrapper } from 'ssh2';
import { BaiError } from '../errors.js';

export interface LoginProof {
  /** Number of entries in the directory that was listed. */
  readonly entries: number;
}

export interface LoginTarget {
  readonly port: number;
  readonly user: string;
  /** The private key as an OpenSSH or PEM text. Secret. */
  readonly privateKey: string;
  /** The host key that must be shown: SSH public key blob. */
  readonly hostKeyBlob: Buffer;
  /** Absolute path of the directory to list. */
  readonly remoteDirectory: string;
}

const LOGIN_TIMEOUT_MS = 20_000;

/**
 * Logs in over SFTP and lists one directory: what FileZilla will do, with the files it will use.
 *
 * @throws BaiError `login-host-key-differs`, `login-refused`, `login-failed`, `sftp-unavailable`,
 *   `remote-directory-unreadable`
 */
export async function proveLogin(target: LoginTarget): Promise<LoginProof> {
  const client = new Client();
  try {
    await connect(client, target);
    const sftp = await openSftp(client);
    return { entries: await countEntries(sftp, target.remoteDirectory) };
  } finally {
    client.end();
  }
}

async function connect(client: Client, target: LoginTarget): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let hostKeyDiffers = false;
    client.on('ready', resolve);
    client.on('error', (error) => {
      reject(explain(error, hostKeyDiffers, target.user));
    });
    client.on('close', () => {
      reject(
        new BaiError(
          'login-cut',
          'the connection ended before the login was complete',
          'run the same command again; with --verbose it shows what the tunnel saw',
        ),
      );
    });
    client.connect({
      host: '127.0.0.1',
      port: target.port,
      username: target.user,
      privateKey: target.privateKey,
      readyTimeout: LOGIN_TIMEOUT_MS,
      hostVerifier: (key: Buffer) => {
        hostKeyDiffers = !key.equals(target.hostKeyBlob);
        return !hostKeyDiffers;
      },
    });
  });
}

function explain(
  error: Error & { level?: string },
  hostKeyDiffers: boolean,
  user: string,
): BaiError {
  if (hostKeyDiffers) {
    return new BaiError(
      'login-host-key-differs',
      "the assigned port answered with a host key that is not the session's",
      'another program may be listening on that port; close it or choose another port with --port',
      { cause: error },
    );
  }
  if (error.level === 'client-authentication') {
    return new BaiError(
      'login-refused',
      `the session refused the key for account "${user}"`,
      'if the image uses another account name, give it with --user; if a .ssh folder is mounted, the session knows only the keys in its authorized_keys',
      { cause: error },
    );
  }
  return new BaiError(
    'login-failed',
    `the login through the tunnel failed: ${error.message}`,
    'run the same command again with --verbose to see what the tunnel saw',
    { cause: error },
  );
}

async function openSftp(client: Client): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    client.sftp((error, sftp) => {
      if (error === undefined) resolve(sftp);
      else {
        reject(
          new BaiError(
            'sftp-unavailable',
            `the key works, but the session offers no SFTP: ${error.message}`,
            'start-up files that print text (such as .bashrc) break SFTP; check them in the web terminal',
            { cause: error },
          ),
        );
      }
    });
  });
}

async function countEntries(sftp: SFTPWrapper, directory: string): Promise<number> {
  return new Promise((resolve, reject) => {
    sftp.readdir(directory, (error, list) => {
      if (error === undefined) resolve(list.length);
      else {
        reject(
          new BaiError(
            'remote-directory-unreadable',
            `the login works, but ${directory} cannot be listed: ${error.message}`,
            'check in the web terminal that the folder exists and belongs to the session account',
            { cause: error },
          ),
        );
      }
    });
  });
}
