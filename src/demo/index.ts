import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Demo, DemoFaults, DemoOptions, SessionView } from './demo.js';
import { generatePkcs1Key } from './keys.js';
import { createManager } from './manager.js';
import { releases } from './releases.js';
import {
  createSession,
  generateUserKey,
  terminateSession,
  writeKeys,
  type DemoSession,
  type SessionSpec,
} from './session.js';
import type { SshdEvent } from './sshd.js';
import { emptyWorld, rateLimit, type World } from './world.js';

export type { Demo, DemoFaults, DemoOptions, DemoRecord, SessionView, SshRecord } from './demo.js';
export type { FaultAnswer } from './faults.js';
export { releaseNames, type ReleaseName } from './releases.js';

/**
 * Starts the demo: a manager on 127.0.0.1 and four sessions: `demo` (PKCS#1 key), `demo-dropbear`
 * (OpenSSH container with p < q), `demo-own-key` (no id_container) and `demo-pending`.
 */
export async function startDemo(options: DemoOptions = {}): Promise<Demo> {
  const log = options.log ?? (() => undefined);
  const world = emptyWorld({
    release: releases[options.release ?? '26.8'],
    accessKey: options.accessKey ?? randomAccessKey(),
    secretKey: options.secretKey ?? randomBytes(30).toString('base64url'),
    role: options.role ?? 'user',
    userId: randomUUID(),
  });
  const scratch = await mkdtemp(join(tmpdir(), 'bai-win-demo-'));
  const report = (session: DemoSession, event: SshdEvent): void => {
    log({ kind: 'ssh', session: session.name, ...event });
  };
  const create = (spec: SessionSpec): Promise<DemoSession> => createSession(spec, scratch, report);
  const wanted = firstSessions(world.accessKey).filter(
    ({ name }) => options.only?.includes(name) ?? true,
  );
  world.sessions.push(...(await Promise.all(wanted.map(create))));

  const manager = createManager(world, log);
  await new Promise<void>((resolve, reject) => {
    manager.once('error', reject);
    manager.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const endpoint = `http://127.0.0.1:${String((manager.address() as AddressInfo).port)}`;
  const { accessKey, secretKey } = world;

  const living = (name: string): DemoSession => {
    const found = world.sessions.find(
      (session) => session.name === name && session.status !== 'TERMINATED',
    );
    if (found === undefined) throw new Error(`the demo has no living session "${name}"`);
    return found;
  };
  const sshd = (name: string): NonNullable<DemoSession['sshd']> => {
    const running = living(name).sshd;
    if (running === null) throw new Error(`the demo's session "${name}" is not running`);
    return running;
  };
  const add = async (spec: SessionSpec): Promise<SessionView> => {
    const session = await create(spec);
    world.sessions.push(session);
    return view(session);
  };
  const end = async (session: DemoSession): Promise<void> => {
    await terminateSession(session);
    for (const tunnel of world.tunnels) {
      // The container's port is gone; the manager sees the end of the connection.
      if (tunnel.sessionId === session.id) tunnel.close(1001);
    }
  };

  return {
    endpoint,
    accessKey,
    secretKey,
    env: {
      BACKEND_ENDPOINT: endpoint,
      BACKEND_ENDPOINT_TYPE: 'api',
      BACKEND_ACCESS_KEY: accessKey,
      BACKEND_SECRET_KEY: secretKey,
    },
    get sessions() {
      return world.sessions.map(view);
    },
    session: (name) => view(living(name)),
    homeDirectory: (name) => living(name).home,
    sshPort: (name) => sshd(name).port,
    connections: (name) => {
      const { id } = living(name);
      const tunnels = [...world.tunnels].filter(({ sessionId }) => sessionId === id).length;
      return { ssh: sshd(name).connections(), tunnels };
    },
    pointAt: (name, target) => {
      living(name).target = target;
    },
    addSession: (spec) => add({ keyOrigin: 'keypair', accessKey, ...spec }),
    replaceSession: async (name, { newKey, newHostKey = true } = {}) => {
      const old = living(name);
      await end(old);
      const keepsKey = !(newKey ?? old.keyOrigin === 'dropbear');
      return add({
        name,
        keyOrigin: old.keyOrigin,
        type: old.type,
        accessKey,
        ...(keepsKey ? { userKey: old.userKey } : {}),
        ...(newHostKey ? {} : { hostKey: old.hostKey }),
      });
    },
    terminate: (name) => end(living(name)),
    rotateKey: async (name) => {
      const session = living(name);
      session.userKey = await generateUserKey(session.keyOrigin);
      await writeKeys(session);
      return view(session);
    },
    rotateHostKey: async (name) => {
      const session = living(name);
      session.hostKey = await generatePkcs1Key();
      sshd(name).setHostKey(session.hostKey.privateText);
      return view(session);
    },
    setKeyFile: async (name, content) => {
      const file = join(living(name).home, 'id_container');
      await rm(file, { force: true });
      if (content !== null) await writeFile(file, content, { mode: 0o600 });
    },
    ...faultsOf(world, living),
    close: async () => {
      for (const tunnel of world.tunnels) tunnel.drop();
      manager.closeAllConnections();
      await Promise.all([
        new Promise((resolve) => manager.close(resolve)),
        ...world.sessions.map((session) => session.sshd?.close()),
      ]);
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

/** The four sessions that everybody meets, and one of somebody else that only admins see. */
function firstSessions(accessKey: string): SessionSpec[] {
  const minutesAgo = (minutes: number): number => Date.now() - minutes * 60_000;
  const pending = { keyOrigin: 'keypair', status: 'PENDING' } as const;
  const own = { accessKey, createdAt: minutesAgo(26 * 60) };
  return [
    {
      ...pending,
      name: 'somebody-elses',
      accessKey: randomAccessKey(),
      createdAt: minutesAgo(30 * 60),
    },
    { ...own, name: 'demo-own-key', keyOrigin: 'own' },
    { ...own, name: 'demo-dropbear', keyOrigin: 'dropbear', createdAt: minutesAgo(50) },
    { ...own, name: 'demo', keyOrigin: 'keypair', createdAt: minutesAgo(5) },
    { ...own, ...pending, name: 'demo-pending', createdAt: minutesAgo(1) },
  ];
}

function faultsOf(world: World, living: (name: string) => DemoSession): DemoFaults {
  const { faults } = world;
  return {
    failRequests: (answer, { target = /^/, times = Number.POSITIVE_INFINITY } = {}) => {
      faults.answers.push({ answer, target, times });
    },
    setClockSkew: (milliseconds) => {
      faults.clockSkew = milliseconds;
    },
    setUpgradeDelay: (milliseconds) => {
      faults.upgradeDelay = milliseconds;
    },
    setRemainingRequests: (count) => {
      world.remainingRequests = count;
    },
    dropTunnels: () => {
      const open = [...world.tunnels];
      for (const tunnel of open) tunnel.drop();
      return open.length;
    },
    closeTunnels: (code) => {
      const open = [...world.tunnels];
      for (const tunnel of open) tunnel.close(code);
      return open.length;
    },
    stallTunnels: () => {
      faults.stalledTunnels = true;
      for (const tunnel of world.tunnels) tunnel.stall();
    },
    refuseSshd: (name, refusing = true) => {
      living(name).refusing = refusing;
    },
    clearFaults: () => {
      faults.answers.length = 0;
      faults.clockSkew = 0;
      faults.upgradeDelay = 0;
      faults.stalledTunnels = false;
      world.remainingRequests = rateLimit;
      for (const session of world.sessions) session.refusing = false;
    },
  };
}

function view(session: DemoSession): SessionView {
  const { id, name, type, status, keyOrigin, userKey, hostKey } = session;
  return {
    id,
    name,
    type,
    status,
    keyOrigin,
    privateKey: userKey.privateText,
    publicKey: userKey.publicLine,
    hostKey: hostKey.publicLine,
  };
}

/** Like AWS's: 20 upper-case letters and digits. */
function randomAccessKey(): string {
  return `AKIA${randomBytes(8).toString('hex').toUpperCase()}`;
}
