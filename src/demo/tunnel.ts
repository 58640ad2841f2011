import { connect, type Socket } from 'node:net';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';

/** Reading from sshd pauses while more than this is queued on the WebSocket. */
const maxQueued = 1024 * 1024;

/** Close codes of the manager (RFC 6455, section 7.4). */
const closeCode = { sshdEnded: 1001, connectFailed: 1011, refused: 1013 } as const;

/** An open tunnel, and what can go wrong with it. */
interface OpenTunnel {
  readonly sessionId: string;
  /** Cuts the connection without a close frame. */
  drop(): void;
  /** Closes with a close frame. */
  close(code: number): void;
  /** Moves nothing from now on, not even PONG. */
  stall(): void;
}

export type TunnelRegister = Set<OpenTunnel>;

export interface TunnelTarget {
  readonly sessionId: string;
  readonly host: string;
  /** `null`: refused. */
  readonly port: number | null;
}

/**
 * Accepts the upgrade, then connects to the session's sshd, and moves bytes until one side ends:
 * binary messages only, pauses on both sides, PONG for PING, no PING of our own.
 *
 * @param tellsEnds whether the client is told that the manager's side has ended
 */
export function acceptTunnel(
  server: WebSocketServer,
  request: { readonly message: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
  target: TunnelTarget,
  world: {
    readonly tunnels: TunnelRegister;
    readonly faults: { readonly stalledTunnels: boolean };
  },
  tellsEnds: boolean,
): void {
  server.handleUpgrade(request.message, request.socket, request.head, (webSocket) => {
    const tunnel = pump(webSocket, target, tellsEnds, () => {
      world.tunnels.delete(tunnel);
    });
    world.tunnels.add(tunnel);
    if (world.faults.stalledTunnels) tunnel.stall();
  });
}

/** Makes the WebSocket end of tunnels. Messages above `maxPayload` bytes close it with 1009. */
export function tunnelServer(maxPayload: number): WebSocketServer {
  return new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload });
}

function pump(
  webSocket: WebSocket,
  target: TunnelTarget,
  tellsEnds: boolean,
  onEnd: () => void,
): OpenTunnel {
  let stalled = false;
  let connected = false;
  const end = (code: number): void => {
    if (tellsEnds) webSocket.close(code);
    else sshd?.destroy();
  };
  const sshd: Socket | null =
    target.port === null ? null : connect({ host: target.host, port: target.port, noDelay: true });

  webSocket.on('close', () => {
    onEnd();
    // What the client sent before it closed still goes out.
    sshd?.destroySoon();
  });
  webSocket.on('error', () => {
    // "close" follows.
  });

  const tunnel: OpenTunnel = {
    sessionId: target.sessionId,
    drop: () => {
      webSocket.terminate();
      sshd?.destroy();
    },
    close: end,
    stall: () => {
      stalled = true;
      webSocket.pause();
      sshd?.pause();
    },
  };
  if (sshd === null) {
    end(closeCode.refused);
    return tunnel;
  }

  sshd.on('connect', () => {
    connected = true;
  });
  sshd.on('data', (chunk) => {
    webSocket.send(chunk, () => {
      if (!stalled && sshd.isPaused() && webSocket.bufferedAmount < maxQueued / 2) sshd.resume();
    });
    if (webSocket.bufferedAmount > maxQueued) sshd.pause();
  });
  sshd.on('end', () => {
    end(closeCode.sshdEnded);
  });
  sshd.on('error', (error: NodeJS.ErrnoException) => {
    if (connected) end(closeCode.sshdEnded);
    else {
      const refused = error.code === 'ECONNREFUSED';
      end(refused ? closeCode.refused : closeCode.connectFailed);
    }
  });
  sshd.on('close', () => {
    end(closeCode.sshdEnded);
    // Whoever reads on behalf of sshd need not wait for it any more.
    if (!stalled) webSocket.resume();
  });
  webSocket.on('message', (data, isBinary) => {
    if (!isBinary || !Buffer.isBuffer(data) || sshd.destroyed) return;
    if (sshd.write(data)) return;
    webSocket.pause();
    sshd.once('drain', () => {
      if (!stalled) webSocket.resume();
    });
  });
  return tunnel;
}
