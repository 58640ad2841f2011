import type { Server } from 'node:net';
import { BaiError } from '../errors.js';

/** Errors of `listen` that mean "not this port": taken, or reserved by Windows (Hyper-V, WSL). */
const PORT_ERRORS: ReadonlySet<string> = new Set(['EADDRINUSE', 'EACCES']);

/**
 * Makes a server listen.
 *
 * @param port 0 lets the system choose
 * @param host address of this computer
 * @throws BaiError `port-taken`, `listen-failed`
 */
export async function listen(server: Server, port: number, host: string): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      // exclusive: a cluster worker must not share the port, on Windows least of all.
      server.listen({ port, host, exclusive: true }, () => {
        server.removeListener('error', reject);
        resolve();
      });
    });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && PORT_ERRORS.has(String(cause.code))) {
      throw new BaiError(
        'port-taken',
        `local port ${port} is taken by another program or reserved by the system`,
        'give another one with --port, or leave it out to have a free one assigned',
        { cause },
      );
    }
    throw new BaiError(
      'listen-failed',
      `cannot listen on ${host}:${port}: ${(cause as Error).message}`,
      'check that the address belongs to this computer; 127.0.0.1 always does',
      { cause },
    );
  }
}
