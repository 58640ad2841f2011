import type { Ending } from '../endings.js';

/**
 * What is said between `bai-win` commands and the agent, the background process that owns tunnels: one
 * JSON line each way on a connection of its own. Every request is answered with the state after it.
 */

/** Raised when older programs would misunderstand. `stop`, and its answer, never change. */
export const PROTOCOL_VERSION = 1;

/** The longest line that is read, in bytes; a hundred tunnels take some 30 KiB. */
export const MAX_LINE = 1024 * 1024;

export interface AgentRequest {
  /** `up` and `down` concern `sites`, and end an agent that holds nothing then; `stop` ends it anyway. */
  readonly op: 'status' | 'up' | 'down' | 'stop';
  /** Ids of sites. */
  readonly sites?: readonly string[];
  /** Port from which the asker was connected to the tunnel of the one site in `sites`. */
  readonly client?: number;
}

/** A failure on its way between processes. */
export interface ToldFailure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export interface TunnelStatus {
  /** Id of the site. */
  readonly id: string;
  readonly session: string;
  readonly port: number;
  /**
   * `failing`: it listens, but the last connection failed; `closed`: it does not listen; `elsewhere`:
   * a window of bai-win has it open, and it is held as soon as that ends.
   */
  readonly state: 'open' | 'failing' | 'closed' | 'elsewhere';
  /** Process of that window, where it is `elsewhere`. */
  readonly heldBy: number | null;
  /** Clients connected now. */
  readonly connections: number;
  /** The port before, where a stranger had taken that, until the answer to `up` has told it. */
  readonly movedFrom: number | null;
  /** Why it is not `open`. */
  readonly failure: (ToldFailure & { /** ISO 8601. */ readonly at: string }) | null;
}

export interface AgentStatus {
  /** Version of the program that the agent runs. */
  readonly version: string;
  readonly pid: number;
  readonly tunnels: readonly TunnelStatus[];
  /** How the connection of `client` ended. Absent where none was named, and from older agents. */
  readonly ending?: Ending;
}

export type AgentAnswer =
  | { readonly protocol: number; readonly status: AgentStatus }
  | { readonly protocol: number; readonly error: ToldFailure };
