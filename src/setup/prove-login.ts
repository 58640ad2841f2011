import type { SFTPWrapper } from 'ssh2';
import { BaiError } from '../errors.js';
import { logIn, type LoginTarget } from './log-in.js';

export interface LoginProof {
  /** Number of entries in the directory that was listed. */
  readonly entries: number;
}

/**
 * Logs in over SFTP and lists one directory: what FileZilla will do.
 *
 * @param remoteDirectory absolute path
 * @throws BaiError `sftp-unavailable`, `remote-directory-unreadable`, and those of `logIn`
 */
export async function proveLogin(
  target: LoginTarget,
  remoteDirectory: string,
): Promise<LoginProof> {
  const { client } = await logIn(target);
  try {
    const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
      client.sftp((error, opened) => {
        if (error === undefined) resolve(opened);
        else reject(sftpUnavailable(error));
      });
    });
    return await new Promise<LoginProof>((resolve, reject) => {
      sftp.readdir(remoteDirectory, (error, list) => {
        if (error === undefined) resolve({ entries: list.length });
        else reject(unreadable(remoteDirectory, error));
      });
    });
  } finally {
    client.end();
  }
}

function sftpUnavailable(cause: Error): BaiError {
  return new BaiError(
    'sftp-unavailable',
    `the key works, but the session offers no SFTP: ${cause.message}`,
    'start-up files that print text (such as .bashrc) break SFTP; check them in the web terminal',
    { cause },
  );
}

function unreadable(directory: string, cause: Error): BaiError {
  return new BaiError(
    'remote-directory-unreadable',
    `the login works, but ${directory} cannot be listed: ${cause.message}`,
    'check in the web terminal that the folder exists and belongs to the session account',
    { cause },
  );
}
