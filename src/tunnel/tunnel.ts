import { createServer, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { BaiError } from '../errors.js';
import { Bridge, type BridgeContext } from './bridge.js';
import { Endings, type Ending } from './endings.js';
import { NEVER_FINISHED } from './failures.js';
import { listen } from './listen.js';
import { localSocket, localStreams } from './local.js';
import { PreAuthGate } from './pre-auth.js';
import { defaultTiming, type Timing } from './timing.js';
import type { Prepare, UpgradeSource } from './upgrade.js';

export interface BridgeOptions {
  /** Asked for each connection. */
  readonly upgrade: UpgradeSource;
  /** Called for each client, in parallel with its dial. */
  readonly prepare?: Prepare | undefined;
  /** Called with one line per event, for `--verbose`. Never contains a secret. */
  readonly log?: (line: string) => void;
  readonly timing?: Partial<Timing>;
}

export interface TunnelOptions extends BridgeOptions {
  /** Local port; 0 lets the system choose. */
  readonly port: number;
  /** Address to listen on: 127.0.0.1 unless a person insisted on another. */
  readonly host?: string;
  /** A connection failed; its client was reset. The tunnel goes on. Clients that just leave are no news. */
  readonly onFailure?: (failure: BaiError) => void;
  /** A connection is over. */
  readonly onEnd?: (end: ConnectionEnd) => void;
}

export interface ConnectionEnd {
  /** When its client came, in milliseconds since the epoch. */
  readonly began: number;
  /** What the client was given. */
  readonly bytes: number;
  /** Why it failed; `null` where it ended cleanly, or its client left. */
  readonly failure: BaiError | null;
}

/** A local port that leads to one session's sshd. */
export interface Tunnel {
  readonly port: number;
  /** Clients connected now. */
  readonly connections: number;
  /** How the connection ended whose client came from this port: a reset can look clean to a client. */
  endingOf(client: number): Ending;
  /** Stops listening and ends all connections: the manager gets CLOSE, clients that are left a reset. */
  close(): Promise<void>;
}

/**
 * Opens the tunnel. Listening costs nothing upstream: each client that connects gets a WebSocket of
 * its own, which ends with it.
 * @throws BaiError `port-taken`, `listen-failed`
 */
export async function openTunnel(options: TunnelOptions): Promise<Tunnel> {
  const { port, host = '127.0.0.1', log, onFailure, onEnd } = options;
  const context = contextOf(options);
  const running = new Map<Bridge, Promise<void>>();
  const endings = new Endings();
  let count = 0;
  let closing = false;

  const serve = async (socket: Socket): Promise<void> => {
    const name = `connection ${++count}`;
    const bridge = new Bridge(localSocket(socket), context);
    const client = socket.remotePort ?? 0;
    const began = Date.now();
    endings.began(client);
    let failure: BaiError | null = null;
    const done = bridge.run().catch((error: unknown) => {
      const met = asFailure(error);
      const left = met.code === NEVER_FINISHED;
      log?.(`${name} ${left ? 'was left' : 'failed'}: ${met.message}`);
      if (left) return;
      failure = met;
      onFailure?.(met);
    });
    running.set(bridge, done);
    log?.(`${name} from a client`);
    await done;
    running.delete(bridge);
    const isClean = socket.writableFinished && !closing;
    const bytes = bridge.traffic.down;
    endings.ended(client, isClean ? bytes : 'cut');
    onEnd?.({ began, bytes, failure });
    log?.(`${name} ended, ${bridge.traffic.up} bytes sent, ${bridge.traffic.down} received`);
  };

  const server = createServer(
    { allowHalfOpen: true, noDelay: true },
    (socket) => void serve(socket),
  );
  await listen(server, port, host);
  server.on('error', (error) => onFailure?.(asFailure(error)));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    get connections() {
      return running.size;
    },
    endingOf: (client) => endings.of(client),
    async close() {
      closing = true;
      const closed = new Promise((resolve) => server.close(resolve));
      for (const bridge of running.keys()) bridge.stop();
      await Promise.all(running.values());
      await closed;
    },
  };
}

/**
 * The same bridge between two streams, for ProxyCommand: the client's bytes come from `readable`, and
 * sshd's bytes, and nothing else, go to `writable`. Resolves at a clean end.
 * @throws BaiError where the connection failed or broke off
 */
export async function bridgeStreams(
  readable: Readable,
  writable: Writable,
  options: BridgeOptions,
): Promise<void> {
  const bridge = new Bridge(localStreams(readable, writable), contextOf(options));
  try {
    await bridge.run();
  } catch (error) {
    throw asFailure(error);
  }
  options.log?.(`ended, ${bridge.traffic.up} bytes sent, ${bridge.traffic.down} received`);
}

function contextOf({ upgrade, prepare, timing }: BridgeOptions): BridgeContext {
  const times = { ...defaultTiming, ...timing };
  return { upgrade, prepare, gate: new PreAuthGate(times), timing: times };
}

/** Failures of an upgrade source that are not of our type get one. */
function asFailure(error: unknown): BaiError {
  if (error instanceof BaiError) return error;
  return new BaiError(
    'tunnel-failed',
    `the tunnel failed: ${error instanceof Error ? error.message : String(error)}`,
    'run again with --verbose to see more',
    { cause: error },
  );
}
