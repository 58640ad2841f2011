import type { Socket } from 'node:net';

/** Where and how to ask for the WebSocket of one tunnel connection. Signed just before it is used. */
export interface UpgradeRequest {
  /** `ws:` or `wss:` URL. */
  readonly url: string;
  /** Headers of the upgrade request, authentication included. Secret: never logged. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Opens the connection, TLS included, where the direct way with the usual trust will not do: through
   * a proxy, or to a certificate of a private authority.
   */
  readonly connect?: () => Promise<Socket>;
}

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
