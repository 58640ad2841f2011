import type { FaultAnswer } from './faults.js';
import type { RequestRecord } from './front-end.js';
import type { AppProxyDesk } from './appproxy.js';
import type { HttpProxy } from './http-proxy.js';
import type { LoginDesk } from './login.js';
import type { ReleaseName } from './releases.js';
import type { SessionSpec } from './session.js';
import type { SshdEvent } from './sshd.js';

/** What happened on an SSH server. */
export type SshRecord = SshdEvent & { readonly kind: 'ssh'; readonly session: string };

/** One line of the demo's log. Holds no secret. */
export type DemoRecord = RequestRecord | SshRecord;

export interface DemoOptions {
  /** The manager release to answer as; the newest by default. */
  readonly release?: ReleaseName;
  /** Which server `endpoint` and `env` lead to: the manager (default) or the webserver. */
  readonly mode?: 'api' | 'session';
  /** HTTPS, with a private certificate authority. */
  readonly tls?: boolean;
  /** The site has an AppProxy. */
  readonly appProxy?: boolean;
  /** There is an HTTP proxy on the way, for those who use it. */
  readonly httpProxy?: boolean;
  /** Port of that server; chosen by the system by default. */
  readonly port?: number;
  /** Random by default. */
  readonly accessKey?: string;
  readonly secretKey?: string;
  /** `user` by default. Admins see another person's session in lists. */
  readonly role?: 'user' | 'admin' | 'superadmin';
  /** The names of the first sessions to make; all by default. Each costs two RSA keys. */
  readonly only?: readonly string[];
  readonly log?: (record: DemoRecord) => void;
}

/** What a test or a tour may know of a session. */
export interface SessionView {
  readonly id: string;
  readonly name: string;
  readonly type: 'interactive' | 'system';
  readonly status: 'PENDING' | 'RUNNING' | 'TERMINATED';
  /** Whether there is an id_container, and of which form. */
  readonly keyOrigin: 'keypair' | 'dropbear' | 'own';
  /** The private key that logs in, as text. Secret. */
  readonly privateKey: string;
  /** `algorithm base64` of that key, and of the host key. */
  readonly publicKey: string;
  readonly hostKey: string;
}

/** How the sessions and the network misbehave, until `clearFaults`. */
export interface DemoFaults {
  /**
   * Answers requests (and WebSocket upgrades) wrongly.
   * @param target which path and query; all by default
   * @param times how many requests; for ever by default
   */
  failRequests(
    answer: FaultAnswer,
    options?: { readonly target?: RegExp; readonly times?: number },
  ): void;
  /** Sets the server's clock ahead by so many milliseconds. */
  setClockSkew(milliseconds: number): void;
  /** Waits so many milliseconds before a WebSocket upgrade is answered. */
  setUpgradeDelay(milliseconds: number): void;
  /** Leaves so many signed requests before 429. */
  setRemainingRequests(count: number): void;
  /** Cuts all open tunnels without a close frame. Returns how many there were. */
  dropTunnels(): number;
  /** Closes all open tunnels with a close code. */
  closeTunnels(code: number): number;
  /** Open and future tunnels move nothing, not even PONG. */
  stallTunnels(): void;
  /** The container's port of a session refuses connections: tunnels close with 1013. */
  refuseSshd(name: string, refusing?: boolean): void;
  /** Ends all of these but what has been cut or stalled already. */
  clearFaults(): void;
}

/** A Backend.AI manager with sessions, on loopback. */
export interface Demo extends DemoFaults {
  /** `http://127.0.0.1:port` of the manager or the webserver, as `mode` says. */
  readonly endpoint: string;
  readonly managerEndpoint: string;
  readonly webEndpoint: string;
  /** The certificate authority (PEM) where the servers speak TLS. */
  readonly authority: string | null;
  /** Who may log in at the webserver, and how it goes. Its fields may be changed. */
  readonly login: LoginDesk;
  readonly appProxy: AppProxyDesk | null;
  /** Its fields may be changed. */
  readonly httpProxy: HttpProxy | null;
  readonly accessKey: string;
  /** Secret. */
  readonly secretKey: string;
  /** The `BACKEND_*` variables that lead a client here. */
  readonly env: Readonly<Record<string, string>>;
  /** All sessions as they are now, dead ones too. */
  readonly sessions: readonly SessionView[];
  /** The living session of a name; throws where there is none. */
  session(name: string): SessionView;
  /** The folder on this computer that is `/home/work` of a session. */
  homeDirectory(name: string): string;
  /** The loopback port of a session's own SSH server, for clients without a tunnel. */
  sshPort(name: string): number;
  /** How many connections a session's SSH server has, and how many tunnels are open to it. */
  connections(name: string): { readonly ssh: number; readonly tunnels: number };
  /** Leads tunnels to another SSH server; `null` back to the session's own. */
  pointAt(name: string, target: { readonly host: string; readonly port: number } | null): void;
  /** Adds a session. */
  addSession(
    spec: Pick<SessionSpec, 'name'> & Partial<Pick<SessionSpec, 'keyOrigin' | 'status' | 'type'>>,
  ): Promise<SessionView>;
  /**
   * Ends a session and starts one of the same name: new UUID, home and host key. As in the real
   * thing the user key is the one now stored with the key pair, stays where it is the user's own,
   * and is made anew by dropbear; `newKey` and `newHostKey` say otherwise.
   */
  replaceSession(
    name: string,
    options?: { readonly newKey?: boolean; readonly newHostKey?: boolean },
  ): Promise<SessionView>;
  terminate(name: string): Promise<void>;
  /** Gives a session a new user key of the same form, in its files too. */
  rotateKey(name: string): Promise<SessionView>;
  /** Gives a session's SSH server a new host key. */
  rotateHostKey(name: string): Promise<SessionView>;
  /** Puts a text or bytes into a session's id_container, or takes the file away. */
  setKeyFile(name: string, content: string | Buffer | null): Promise<void>;
  /** Stops everything and removes the scratch folders. */
  close(): Promise<void>;
}
