import { randomUUID } from 'node:crypto';
import type { AppProxy } from './appproxy.js';
import { generatePkcs1Key, rsaSource, type DemoKey, type RsaSource } from './keys.js';
import { LoginDesk } from './login.js';
import type { Release } from './releases.js';
import { Problem } from './problems.js';
import type { DemoSession } from './session.js';
import { noFaults, type Faults } from './faults.js';
import type { TunnelRegister } from './tunnel.js';

/** Everything that the demo's servers know. Tests change it while they run. */
export interface World {
  readonly release: Release;
  readonly accessKey: string;
  readonly secretKey: string;
  /** Admins see everybody's sessions in lists. */
  readonly role: 'user' | 'admin' | 'superadmin';
  readonly userId: string;
  /** Living and dead, newest last. */
  readonly sessions: DemoSession[];
  readonly faults: Faults;
  readonly tunnels: TunnelRegister;
  readonly login: LoginDesk;
  /** The servers speak TLS. */
  readonly secure: boolean;
  /** `null` where the site has none. */
  readonly appProxy: AppProxy | null;
  /** Commands that run in containers, by run id. */
  readonly runs: Map<string, string>;
  /** Every RSA key of this world is from here. */
  readonly rsa: RsaSource;
  /** The SSH key pair stored with the access key; made when it is first asked for. */
  keypair(): Promise<DemoKey>;
  setKeypair(key: DemoKey): void;
  /** Signed requests left in this window (of 900 s). */
  remainingRequests: number;
}

/** Signed requests per access key and window. */
export const rateLimit = 30_000;

/** A world without sessions and faults. */
export function emptyWorld(
  given: Pick<World, 'release' | 'accessKey' | 'secretKey' | 'role' | 'secure' | 'appProxy'>,
): World {
  let keypair: Promise<DemoKey> | null = null;
  const rsa = rsaSource();
  return {
    ...given,
    userId: randomUUID(),
    sessions: [],
    faults: noFaults(),
    tunnels: new Set(),
    login: new LoginDesk(),
    runs: new Map(),
    rsa,
    keypair: () => (keypair ??= generatePkcs1Key(rsa)),
    setKeypair: (key) => {
      keypair = Promise.resolve(key);
    },
    remainingRequests: rateLimit,
  };
}

/** The server's clock, in milliseconds. */
export function clock(world: World): number {
  return Date.now() + world.faults.clockSkew;
}

/**
 * The session that a path of the REST API names, by its UUID or its name, among the living ones of
 * the signing access key.
 * @throws Problem `no-such-session`, `too-many-sessions`
 */
export function findSession(world: World, reference: string): DemoSession {
  const matches = world.sessions.filter(
    (session) =>
      session.status !== 'TERMINATED' &&
      session.accessKey === world.accessKey &&
      (session.id === reference || session.name === reference),
  );
  const [first, ...others] = matches;
  if (first === undefined) {
    throw new Problem('no-such-session', { msg: `Session (id=${reference}) does not exist.` });
  }
  if (others.length > 0) {
    throw new Problem('too-many-sessions', {
      data: {
        matches: matches.map(({ id, name, status, createdAt }) => ({
          id,
          name,
          status,
          created_at: createdAt,
        })),
      },
    });
  }
  return first;
}

/** As `findSession`, for streams: from 26.4.4 on only RUNNING sessions are found. */
export function findStreamSession(world: World, reference: string): DemoSession {
  const session = findSession(world, reference);
  if (world.release.streamsNeedRunning && session.status !== 'RUNNING') {
    throw new Problem('no-such-session', { msg: `Session (id=${reference}) does not exist.` });
  }
  return session;
}

/** An app that runs in a session's container. */
interface App {
  readonly name: string;
  readonly protocol: string;
  readonly containerPort: number;
  readonly hostPort: number;
}

/** The apps of a session; none while it has no container. */
export function appsOf(session: DemoSession): App[] {
  const { sshd } = session;
  if (sshd === null) return [];
  const apps: App[] = [
    { name: 'sshd', protocol: 'tcp', containerPort: 2200, hostPort: sshd.port },
    { name: 'ttyd', protocol: 'http', containerPort: 7681, hostPort: 30730 },
  ];
  if (session.type === 'interactive') {
    apps.push({ name: 'jupyter', protocol: 'http', containerPort: 8091, hostPort: 30731 });
  }
  return apps;
}
