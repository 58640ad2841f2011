import { createServer, type AddressInfo, type Socket } from 'node:net';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import type { AuthContext, Connection } from 'ssh2';
import { fullLength } from './rsa-signature.js';
import { serveSftp } from './sftp.js';
import { serveExec, serveShell } from './shell.js';

/** What an SSH server tells its owner. */
export interface SshdEvent {
  readonly what: 'connected' | 'over-limit' | 'logged-in' | 'refused' | 'sftp' | 'exec' | 'shell';
  /** User name, SFTP operation with its path, or command. */
  readonly detail: string;
}

/** One session's SSH server on loopback. */
export interface Sshd {
  readonly port: number;
  /** How many connections are open now. */
  connections(): number;
  /** Uses another host key (PEM) for new connections. */
  setHostKey(hostKey: string): void;
  /** Stops listening and cuts every connection. */
  close(): Promise<void>;
}

interface SshdOptions {
  /** PEM. Secret. */
  readonly hostKey: string;
  /** The scratch folder that is `/home/work`; its `.ssh/authorized_keys` says who may log in. */
  readonly home: string;
  readonly report: (event: SshdEvent) => void;
}

/** dropbear's MAX_UNAUTH_PER_IP: the next connection is closed without a banner. */
const maxUnauthenticated = 5;

/** dropbear's MAX_AUTH_TRIES. */
const maxAuthTries = 10;

/** The account of every session. */
const userName = 'work';

/** What dropbear 2024.85 offers, as far as package ssh2 knows it. */
const algorithms = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp521',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp256',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group14-sha1',
  ],
  serverHostKey: ['rsa-sha2-256', 'ssh-rsa'],
  cipher: ['chacha20-poly1305@openssh.com', 'aes128-ctr', 'aes256-ctr'],
  hmac: ['hmac-sha1', 'hmac-sha2-256'],
  compress: ['none', 'zlib@openssh.com'],
} as const;

/** Starts an SSH server that looks like a session's dropbear. */
export async function startSshd(options: SshdOptions): Promise<Sshd> {
  const sockets = new Set<Socket>();
  /** By remote port, which is unique on one listener of loopback. */
  const unauthenticated = new Map<number, Socket>();
  let server = makeServer(options.hostKey);

  function makeServer(hostKey: string): ssh2.Server {
    return new ssh2.Server(
      {
        hostKeys: [hostKey],
        ident: 'dropbear_2024.85',
        algorithms: {
          ...algorithms,
          kex: [...algorithms.kex],
          serverHostKey: [...algorithms.serverHostKey],
          cipher: [...algorithms.cipher],
          hmac: [...algorithms.hmac],
          compress: [...algorithms.compress],
        },
      },
      (connection, info) => {
        const socket = unauthenticated.get(info.port);
        if (socket === undefined) {
          connection.end();
          return;
        }
        connection.on('ready', () => {
          unauthenticated.delete(info.port);
        });
        serveConnection(connection, socket, options);
      },
    );
  }

  const listener = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {
      socket.destroy();
    });
    const { remotePort } = socket;
    if (remotePort === undefined || unauthenticated.size >= maxUnauthenticated) {
      options.report({ what: 'over-limit', detail: '' });
      socket.destroy();
      return;
    }
    options.report({ what: 'connected', detail: '' });
    sockets.add(socket);
    unauthenticated.set(remotePort, socket);
    socket.once('close', () => {
      sockets.delete(socket);
      if (unauthenticated.get(remotePort) === socket) unauthenticated.delete(remotePort);
    });
    server.injectSocket(socket);
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(0, '127.0.0.1', resolve);
  });

  return {
    port: (listener.address() as AddressInfo).port,
    connections: () => sockets.size,
    setHostKey: (hostKey) => {
      server = makeServer(hostKey);
    },
    close: () =>
      new Promise((resolve) => {
        listener.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function serveConnection(connection: Connection, socket: Socket, options: SshdOptions): void {
  let tries = 0;
  connection.on('error', () => {
    socket.destroy();
  });
  connection.on('authentication', (context) => {
    void isWelcome(context, options.home).then((welcome) => {
      if (welcome) {
        // Without a signature the client only asks whether the key would do.
        if (context.method === 'publickey' && context.signature !== undefined) {
          options.report({ what: 'logged-in', detail: context.username });
        }
        context.accept();
        return;
      }
      // "none" is how clients ask for the methods: no attempt.
      if (context.method !== 'none') {
        options.report({ what: 'refused', detail: context.username });
        if (++tries >= maxAuthTries) connection.end();
      }
      // dropbear offers passwords too; the demo's account has none that works.
      context.reject(['publickey', 'password']);
    });
  });
  connection.on('session', (accept) => {
    const session = accept();
    let terminal = false;
    session.on('pty', (acceptPty) => {
      terminal = true;
      acceptPty();
    });
    session.on('env', (acceptEnv: (() => void) | undefined) => acceptEnv?.());
    session.on('window-change', (acceptChange: (() => void) | undefined) => acceptChange?.());
    session.on('sftp', (acceptSftp) => {
      options.report({ what: 'sftp', detail: 'start' });
      serveSftp(acceptSftp(), socket, options.home, (operation) => {
        options.report({ what: 'sftp', detail: operation });
      });
    });
    session.on('exec', (acceptExec, _reject, info) => {
      options.report({ what: 'exec', detail: info.command });
      serveExec(acceptExec(), info.command);
    });
    session.on('shell', (acceptShell) => {
      options.report({ what: 'shell', detail: '' });
      serveShell(acceptShell(), terminal);
    });
  });
}

/** Public key logins of the one account, with a key that the home's `authorized_keys` names. */
async function isWelcome(context: AuthContext, home: string): Promise<boolean> {
  if (context.method !== 'publickey' || context.username !== userName) return false;
  // dropbear knows RSA with SHA-256 and SHA-1 only.
  if (context.hashAlgo === 'sha512') return false;
  const line = (await authorizedKeys(home)).find((candidate) =>
    Buffer.from(candidate.split(' ')[1] ?? '', 'base64').equals(context.key.data),
  );
  if (line === undefined) return false;
  if (context.signature === undefined || context.blob === undefined) return true;
  const key = ssh2.utils.parseKey(line);
  if (key instanceof Error) return false;
  const signature = fullLength(context.signature, key.getPublicPEM());
  return key.verify(context.blob, signature, context.hashAlgo);
}

/** The keys of a home, as `algorithm base64`, whatever options stand before them. */
async function authorizedKeys(home: string): Promise<string[]> {
  try {
    const text = await readFile(join(home, '.ssh', 'authorized_keys'), 'utf8');
    return text.match(/(?<=^|\s)(?:ssh|ecdsa)-[a-z0-9-]+ [A-Za-z0-9+/=]+/gm) ?? [];
  } catch {
    return [];
  }
}
