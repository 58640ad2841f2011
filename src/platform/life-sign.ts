import { connect, createServer, type AddressInfo } from 'node:net';

/** Windows tries a port that refuses for two seconds; who says nothing for longer hinders the asking. */
const ASK_LIMIT_MS = 5_000;

/** Something by which others see that this very process is there. */
interface LifeSign {
  /** On 127.0.0.1; goes with `process.pid`. */
  readonly port: number;
  end(): void;
}

/**
 * Listens on a port that does nothing else. A process number may soon belong to another program; that
 * one does not listen on this port. Unlike any sign that has to be renewed, it also stands while the
 * process, or the whole computer, is asleep, and it goes with the process however that ends.
 * @throws the system's error where this process may not listen
 */
export async function showLife(): Promise<LifeSign> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1', exclusive: true }, resolve);
  });
  // What has no other work to do may end, and take it along.
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    end: () => {
      server.close();
    },
  };
}

/** Whether somebody listens on the port of a life sign; where the system does not tell, yes. */
export function isLifeShown(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: ASK_LIMIT_MS });
    const give = (shown: boolean): void => {
      socket.destroy();
      resolve(shown);
    };
    socket.once('connect', () => {
      give(true);
    });
    socket.once('timeout', () => {
      give(true);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      give(error.code !== 'ECONNREFUSED');
    });
  });
}
