import { SharedWork } from '../platform/shared-work.js';
import type { Greeting } from './api-version.js';
import { Connection, type ConnectionOptions } from './connection.js';
import { parseEndpoint } from './endpoint.js';

/** What a client and all that are made of it by `within` have in common. */
export interface Connected {
  readonly connections: readonly Connection[];
  /** The one in use. */
  connection: Connection;
  readonly greeting: SharedWork<Greeting>;
  /** The person was told that requests run short. */
  warned: boolean;
}

/** @throws BaiError `endpoint-invalid` and its kin */
export function connectTo(
  [first, ...rest]: readonly [string, ...string[]],
  options: ConnectionOptions,
): Connected {
  const connect = (endpoint: string): Connection =>
    new Connection(parseEndpoint(endpoint), options);
  const connection = connect(first);
  const connections = [connection, ...rest.map(connect)];
  return { connections, connection, greeting: new SharedWork(), warned: false };
}
