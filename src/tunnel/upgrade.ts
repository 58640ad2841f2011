import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { BaiError } from '../errors.js';

/** The server that answers with a WebSocket. */
interface Server {
  /** Whether it speaks TLS. */
  readonly secure: boolean;
  /** For connecting: an IPv6 address stands without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** The Host header; also its name in words for people. */
  readonly host: string;
}

/** Where and how to ask for the WebSocket of one tunnel connection. Signed just before it is used. */
export interface UpgradeRequest {
  readonly server: Server;
  /** The request target: path and query in the bytes that are sent. */
  readonly target: string;
  /** Headers of the upgrade request, authentication included. Secret: never logged. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whom TLS trusts, where that is not the usual. */
  readonly trust?: Pick<ConnectionOptions, 'secureContext' | 'rejectUnauthorized'>;
  /** Opens the connection, TLS included, where the direct way will not do: through a proxy. */
  readonly connect?: () => Promise<Socket>;
  /** Asked while nothing is heard, where the server does not tell that sshd has ended. */
  readonly isOver?: IsOver;
}

/**
 * Whether what a connection leads to has ended: why, or `null`.
 * @param signal ends the asking, with its reason
 * @throws BaiError where that cannot be told
 */
export type IsOver = (signal: AbortSignal) => Promise<BaiError | null>;

/**
 * Makes a fresh upgrade request for each connection (signatures carry the time). The manager room
 * implements it; setup hands it to the tunnel, which knows nothing about sessions or signing.
 */
export type UpgradeSource = () => Promise<UpgradeRequest>;

/**
 * Makes ready what a new client will rely on (its key file, the host key that it expects), beside the
 * dial. The client gets no byte before this resolves, and a reset where it rejects.
 * @param afterFailure the dial has failed before the client got a byte: what was known may be outdated
 * @returns `dial-again` where what `UpgradeSource` named before is no longer the session, and now it
 *   names the one that is
 */
export type Prepare = (afterFailure: boolean) => Promise<'ready' | 'dial-again'>;
