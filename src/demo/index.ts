import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppProxyDesk } from './appproxy.js';
import { createIdentity } from './certificate.js';
import { closer } from './closing.js';
import type { Demo, DemoOptions, SessionView } from './demo.js';
import { faultsOf } from './fault-controls.js';
import { firstSessions, randomAccessKey } from './first-sessions.js';
import { createFrontEnd, type Gate } from './front-end.js';
import { HttpProxy } from './http-proxy.js';
import { generatePkcs1Key } from './keys.js';
import { managerGate } from './manager.js';
import { releases } from './releases.js';
import { secret } from './secrets.js';
import {
  createSession,
  generateUserKey,
  terminateSession,
  writeKeys,
  type DemoSession,
  type SessionSpec,
} from './session.js';
import { webserverGate } from './webserver.js';
import { emptyWorld } from './world.js';

export type { Demo, DemoFaults, DemoOptions, DemoRecord, SessionView, SshRecord } from './demo.js';
export type { FaultAnswer } from './faults.js';
export type { HttpProxy } from './http-proxy.js';
export type { OtpMode } from './login.js';
export { secretsMade } from './secrets.js';
export { releaseNames, type ReleaseName } from './releases.js';

/** Where the demo listens, and whom its certificate comes from. */
type Addresses = Pick<Demo, 'managerEndpoint' | 'webEndpoint' | 'authority'>;

/**
 * Starts the demo: a manager and a webserver on 127.0.0.1, and five sessions: `demo` (PKCS#1 key),
 * `demo-dropbear` (OpenSSH container with p < q), `demo-own-key` (no id_container), `demo-upload`
 * (SYSTEM, reached without a tunnel) and `demo-pending`.
 *
 * @throws Error with the system's code where `options.port` cannot be had; nothing is left behind then
 */
export async function startDemo(options: DemoOptions = {}): Promise<Demo> {
  const log = options.log ?? (() => undefined);
  const appProxy = options.appProxy === true ? new AppProxyDesk() : null;
  const httpProxy = options.httpProxy === true ? new HttpProxy() : null;
  const world = emptyWorld({
    release: releases[options.release ?? '26.8'],
    accessKey: options.accessKey ?? randomAccessKey(),
    secretKey: secret(options.secretKey ?? randomBytes(30).toString('base64url')),
    role: options.role ?? 'user',
    secure: options.tls === true,
    appProxy,
  });
  const { accessKey, secretKey, sessions } = world;
  const scratch = await mkdtemp(join(tmpdir(), 'bai-win-demo-'));

  const create = async (spec: SessionSpec): Promise<DemoSession> => {
    const stored = spec.keyOrigin === 'keypair' && spec.status !== 'PENDING';
    const userKey = spec.userKey ?? (stored ? await world.keypair() : undefined);
    const complete = userKey === undefined ? spec : { ...spec, userKey };
    return createSession(complete, scratch, world.rsa, (session, event) => {
      log({ kind: 'ssh', session: session.name, ...event });
    });
  };
  const wanted = firstSessions(accessKey).filter(
    ({ name }) => options.only?.includes(name) ?? true,
  );
  const mode = options.mode ?? 'api';
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const tunnel of world.tunnels) tunnel.drop();
    await Promise.all([
      ...closers.map((end) => end()),
      ...sessions.map((session) => session.sshd?.close()),
      appProxy?.close(),
      httpProxy?.close(),
    ]);
    await rm(scratch, { recursive: true, force: true });
  };
  const open = async (): Promise<Addresses> => {
    const [identity] = await Promise.all([
      world.secure ? createIdentity(world.rsa) : null,
      Promise.all(wanted.map(create)).then((created) => sessions.push(...created)),
    ]);

    const serve = async (gate: Gate, port = 0): Promise<string> => {
      const server = createFrontEnd(world, gate, log, identity);
      closers.push(closer(server));
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, '127.0.0.1', resolve);
      });
      const scheme = identity === null ? 'http' : 'https';
      return `${scheme}://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    };
    const managerEndpoint = await serve(managerGate(world), mode === 'api' ? options.port : 0);
    const webEndpoint = await serve(webserverGate(world), mode === 'session' ? options.port : 0);
    await httpProxy?.start();
    if (appProxy !== null) appProxy.endpoint = await serve(appProxy.gate());
    return { managerEndpoint, webEndpoint, authority: identity?.authority ?? null };
  };
  // A port that is taken, say, leaves nothing behind.
  const { managerEndpoint, webEndpoint, authority } = await open().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const endpoint = mode === 'api' ? managerEndpoint : webEndpoint;

  const living = (name: string): DemoSession => {
    const found = sessions.find(
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
    sessions.push(session);
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
    managerEndpoint,
    webEndpoint,
    authority,
    accessKey,
    secretKey,
    login: world.login,
    appProxy,
    httpProxy,
    env: {
      BACKEND_ENDPOINT: endpoint,
      BACKEND_ENDPOINT_TYPE: mode,
      ...(mode === 'api' ? { BACKEND_ACCESS_KEY: accessKey, BACKEND_SECRET_KEY: secretKey } : {}),
    },
    get sessions() {
      return sessions.map(view);
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
      const { keyOrigin, type, userKey, hostKey } = old;
      await end(old);
      if (newKey === true && keyOrigin === 'keypair')
        world.setKeypair(await generatePkcs1Key(world.rsa));
      const keeps = keyOrigin !== 'keypair' && !(newKey ?? keyOrigin === 'dropbear');
      return add({
        name,
        keyOrigin,
        type,
        accessKey,
        ...(keeps ? { userKey } : {}),
        ...(newHostKey ? {} : { hostKey }),
      });
    },
    terminate: (name) => end(living(name)),
    rotateKey: async (name) => {
      const session = living(name);
      session.userKey = await generateUserKey(session.keyOrigin, world.rsa);
      if (session.keyOrigin === 'keypair') world.setKeypair(session.userKey);
      await writeKeys(session);
      return view(session);
    },
    rotateHostKey: async (name) => {
      const session = living(name);
      session.hostKey = await generatePkcs1Key(world.rsa);
      sshd(name).setHostKey(session.hostKey.privateText);
      return view(session);
    },
    setKeyFile: async (name, content) => {
      const file = join(living(name).home, 'id_container');
      await rm(file, { force: true });
      if (content !== null) await writeFile(file, content, { mode: 0o600 });
    },
    ...faultsOf(world, living),
    close,
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
