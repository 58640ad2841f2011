import { Client } from 'ssh2';
import { BaiError } from '../errors.js';

/**
 * Host key algorithms in the order asked for. Backend.AI's sshd has one RSA key and knows no
 * rsa-sha2-512 (protocol reference, section 6.5), so rsa-sha2-256 stands first.
 */
const HOST_KEY_ALGORITHMS = [
  'rsa-sha2-256',
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'ssh-rsa',
] as const;

/** A container that has just started answers within a few seconds; more means that it never will. */
const HANDSHAKE_TIMEOUT_MS = 20_000;

/**
 * Learns the host key of an SSH server by one key exchange; nobody logs in. Trust comes from the way
 * there: the tunnel's WebSocket is authenticated by TLS and by the signature of its request.
 *
 * @param port the tunnel on 127.0.0.1
 * @returns the SSH public key blob (RFC 4253, section 6.6)
 * @throws BaiError `host-key-unreachable` when the connection ends before a host key was shown
 */
export async function learnHostKey(port: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    let learned = false;
    const fail = (reason: string, cause?: unknown): void => {
      if (learned) return;
      reject(
        new BaiError(
          'host-key-unreachable',
          `the session's SSH server did not show its host key: ${reason}`,
          'the session may still be starting; wait a moment and run the same command again, with --verbose to see more',
          { cause },
        ),
      );
    };
    client.on('error', (error) => {
      fail(error.message, error);
    });
    client.on('close', () => {
      fail('it closed the connection');
    });
    client.connect({
      host: '127.0.0.1',
      port,
      username: 'host-key-probe',
      algorithms: { serverHostKey: [...HOST_KEY_ALGORITHMS] },
      readyTimeout: HANDSHAKE_TIMEOUT_MS,
      hostVerifier: (key: Buffer) => {
        learned = true;
        resolve(key);
        // Refusing the key ends the connection politely, before any attempt to log in is counted.
        return false;
      },
    });
  });
}
