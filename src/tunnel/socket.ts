import { connect as connectTcp, isIP, type Socket, type TcpSocketConnectOpts } from 'node:net';
import { connect as connectTls, createSecureContext, type SecureContext } from 'node:tls';
import { ReadBlocks } from './reader.js';
import type { UpgradeRequest } from './upgrade.js';

/**
 * Takes the `size` bytes that a socket read into `bytes`; `hold` as in `ReadBlocks.filled`. Returns
 * whether to go on reading.
 */
export type Receiver = (bytes: Buffer, size: number, hold: () => () => void) => boolean;

/** Lets an open connection deliver what it reads; each chunk is memory of its own. */
export function readFrom(socket: Socket, receive: Receiver): Socket {
  socket.on('data', (chunk: Buffer) => {
    if (!receive(chunk, chunk.length, () => () => undefined)) socket.pause();
  });
  return socket;
}

/** Opens the TCP or TLS connection; what it reads goes to `receive`, in memory that is used again. */
export function openSocket(request: UpgradeRequest, receive: Receiver): Socket {
  const { secure, hostname, port } = request.server;
  const blocks = new ReadBlocks();
  const options = {
    host: hostname,
    port,
    onread: {
      buffer: () => blocks.current,
      callback: (size: number) => {
        let more = true;
        blocks.filled(size, (bytes, hold) => {
          more = receive(bytes, size, hold);
        });
        return more;
      },
    },
  };
  const socket = secure ? secured(request, options) : connectTcp(options);
  // Not as an option: tls.connect would ignore it.
  socket.setNoDelay(true);
  socket.once('close', () => {
    blocks.end();
  });
  return socket;
}

/** What all connections with the usual trust share: making it takes a third of a millisecond. */
let usual: SecureContext | undefined;

/**
 * The TLS session that each server offered last, by what it was trusted for. Taking it up again spares
 * both sides the certificates, and with TLS 1.2 one round trip.
 */
const sessions = new WeakMap<SecureContext, Map<string, Buffer>>();

function secured(
  { server: { hostname, port }, trust = {} }: UpgradeRequest,
  options: TcpSocketConnectOpts,
): Socket {
  const { secureContext = (usual ??= createSecureContext()) } = trust;
  const known = sessions.get(secureContext) ?? new Map<string, Buffer>();
  sessions.set(secureContext, known);
  const name = `${hostname}:${port}`;
  // A session counts as checked: one of a server that was not must never be taken up.
  const checked = trust.rejectUnauthorized !== false;
  const session = checked ? known.get(name) : undefined;
  const socket = connectTls({
    ...options,
    ...trust,
    secureContext,
    ALPNProtocols: ['http/1.1'],
    // The name is left out where there is only an address (RFC 6066, section 3).
    ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
    ...(session === undefined ? {} : { session }),
  });
  socket.on('session', (offered) => {
    if (checked) known.set(name, offered);
  });
  socket.once('error', () => known.delete(name));
  return socket;
}
