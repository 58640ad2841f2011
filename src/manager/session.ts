/** One compute session of the user. */
export interface Session {
  /** Session UUID, lower case. */
  readonly id: string;
  readonly name: string;
  /** `interactive`, `batch`, `inference` or `system`. */
  readonly type: string;
  /** Upper case, e.g. `RUNNING`, `PENDING` (protocol section 2.1). */
  readonly status: string;
  /** Why it is in that status, where the manager says. */
  readonly statusInfo: string | null;
  readonly image: string;
  readonly createdAt: Date;
  /** Empty until the container is up. */
  readonly servicePorts: readonly ServicePort[];
}

/** A service inside the session, e.g. sshd on container port 2200. */
export interface ServicePort {
  readonly name: string;
  readonly protocol: string;
  readonly containerPorts: readonly number[];
}
