/** What one client entry needs to know. Everything in it is derived; nothing in it is secret. */
export interface Site {
  /**
   * Unique to endpoint, access key and session name, ASCII, stable for life, safe as a file name and
   * as a host name label: `demo-1a2b3c4d`. Marks what is ours inside other programs' settings.
   */
  readonly id: string;
  /** What people see: the session's name or what they chose, any script, e.g. `demo` or `학습-1`. */
  readonly name: string;
  /** The name that it had so far, where that is another: entries that are called so are renamed. */
  readonly formerName?: string;
  /** Where clients reached it so far, where that is elsewhere: the host key there is forgotten. */
  readonly formerPlace?: Pick<Site, 'host' | 'port' | 'hostKeyBlob'>;
  /** `127.0.0.1`, where the tunnel listens; another host where clients go there directly. */
  readonly host: string;
  /** The assigned port, or that of the other host, 1–65535. */
  readonly port: number;
  /** Account inside the session, normally `work`. */
  readonly user: string;
  /** Absolute path that file clients open, normally `/home/work`. */
  readonly remoteDirectory: string;
  /** Absolute path of the PuTTY key. */
  readonly ppkPath: string;
  /** Absolute path of the OpenSSH/PEM key as downloaded. */
  readonly keyPath: string;
  /** SSH public key blob of the session's host key (RFC 4253, section 6.6). */
  readonly hostKeyBlob: Buffer;
  /**
   * The program and arguments that carry a connection to the session's sshd on their standard input
   * and output, unquoted: each client has its own quoting. OpenSSH uses it; absent where every client
   * is to use the port.
   */
  readonly proxyCommand?: readonly string[];
  /** Whether the clients of PuTTY's family use `proxyCommand` too; else they use the port. */
  readonly puttyProxy?: boolean;
}
