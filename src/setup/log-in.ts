import { Client } from 'ssh2';
import { BaiError } from '../errors.js';

export interface LoginTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** In OpenSSH's format. Secret. */
  readonly privateKey: string;
  /**
   * The host key that must be shown, as an SSH public key blob; `undefined` takes any, which is right
   * only for a port that this process itself tunnels to the session: the tunnel's WebSocket is
   * authenticated by TLS, where the endpoint is https, and by the signature of its request.
   */
  readonly hostKeyBlob: Buffer | undefined;
}

interface Login {
  /** To be ended by the caller. */
  readonly client: Client;
  /** The host key that was shown (RFC 4253, section 6.6). */
  readonly hostKeyBlob: Buffer;
}

/** Account in the session unless the image says otherwise (protocol reference, section 6.3). */
export const DEFAULT_USER = 'work';

/**
 * Host key algorithms in the order asked for. Backend.AI's sshd has one RSA key and knows no
 * rsa-sha2-512 (protocol reference, section 6.5), so rsa-sha2-256 stands first.
 */
export const HOST_KEY_ALGORITHMS = [
  'rsa-sha2-256',
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'ssh-rsa',
] as const;

/** A container that has just started answers within a few seconds; more means that it never will. */
const LOGIN_TIMEOUT_MS = 20_000;

/**
 * Logs in with a key.
 *
 * @throws BaiError `login-host-key-differs`, `login-refused`, `login-cut`, `login-failed`
 */
export async function logIn(target: LoginTarget): Promise<Login> {
  const client = new Client();
  let shown: Buffer | undefined;
  const differs = (): boolean =>
    shown !== undefined && target.hostKeyBlob !== undefined && !shown.equals(target.hostKeyBlob);
  try {
    await new Promise<void>((resolve, reject) => {
      client.on('ready', resolve);
      client.on('error', (error) => {
        reject(explain(error, differs(), target.user));
      });
      client.on('close', () => {
        reject(cutOff());
      });
      client.connect({
        host: target.host,
        port: target.port,
        username: target.user,
        privateKey: target.privateKey,
        algorithms: { serverHostKey: [...HOST_KEY_ALGORITHMS] },
        readyTimeout: LOGIN_TIMEOUT_MS,
        hostVerifier: (key: Buffer) => {
          shown = key;
          return !differs();
        },
      });
    });
  } catch (error) {
    client.end();
    throw error;
  }
  if (shown === undefined) throw cutOff();
  return { client, hostKeyBlob: shown };
}

function cutOff(): BaiError {
  return new BaiError(
    'login-cut',
    'the session closed the connection before the login was complete',
    'the session may still be starting; wait a moment and run the same command again, with --verbose to see more',
  );
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
    const account =
      user === DEFAULT_USER
        ? 'if the image uses another account name, give it with --user'
        : `leave --user out, or give --user ${DEFAULT_USER}, which most images take`;
    return new BaiError(
      'login-refused',
      `the session refused the key for account "${user}"`,
      `${account}; if a .ssh folder is mounted, the session knows only the keys in its authorized_keys`,
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
