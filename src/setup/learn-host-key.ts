import { Client } from 'ssh2';
import { BaiError } from '../errors.js';
import { upgradeSource } from '../manager/upgrade-source.js';
import type { Session } from '../manager/session.js';
import { orAborted } from '../platform/or-aborted.js';
import { openTunnel } from '../tunnel/tunnel.js';
import { HOST_KEY_ALGORITHMS } from './log-in.js';
import type { Manager } from './sign-in.js';

/**
 * Two round trips; a session that takes longer is in trouble. The tunnel has tried it for some seconds less by
 * then (`Timing.retryFor`), and can say in which.
 */
const EXCHANGE_TIMEOUT_MS = 18_000;

/**
 * Learns a session's host key by one key exchange through a tunnel of its own, which is authenticated
 * by TLS, where the endpoint is https, and by the signature of its request. Nobody logs in. Over plain
 * HTTP whoever is on the way could show another key; sign-in.ts warns of that.
 *
 * It does not queue with the clients of the site, who wait for it. `SiteRefresher` does it for one site
 * at most once at a time, and it is over after two round trips.
 *
 * @param signal ends it, with its reason
 * @returns SSH public key blob (RFC 4253, section 6.6)
 * @throws BaiError where the session cannot be reached or shows no key
 */
export async function learnHostKey(
  manager: Manager,
  session: Session,
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<Buffer> {
  const failures: BaiError[] = [];
  const tunnel = await openTunnel({
    port: 0,
    upgrade: upgradeSource(manager.client, session),
    log: (line) => {
      log(`host key: ${line}`);
    },
    onFailure: (failure) => failures.push(failure),
  });
  try {
    return await orAborted(exchange(tunnel.port), signal);
  } catch (error) {
    signal?.throwIfAborted();
    // What the tunnel saw says more than what the SSH client made of it.
    throw failures.at(-1) ?? error;
  } finally {
    await tunnel.close();
  }
}

function exchange(port: number): Promise<Buffer> {
  const client = new Client();
  return new Promise((resolve, reject) => {
    // Once the key has been shown the client gives up, as it is told to; that changes nothing.
    client.on('error', (cause) => {
      reject(
        new BaiError(
          'host-key-not-shown',
          `the session showed no host key: ${cause.message}`,
          'the session may still be starting; wait a moment and try again',
          { cause },
        ),
      );
    });
    client.connect({
      host: '127.0.0.1',
      port,
      // A name is asked for, but never sent: the exchange ends before anybody logs in.
      username: 'nobody',
      algorithms: { serverHostKey: [...HOST_KEY_ALGORITHMS] },
      readyTimeout: EXCHANGE_TIMEOUT_MS,
      hostVerifier: (key: Buffer) => {
        resolve(key);
        return false;
      },
    });
  });
}
