import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

import { startDemo, type Demo } from '../../src/demo/index.js';
import { authorize } from '../../src/manager/authorize.js';
import { loginClient, type ManagerClient } from '../../src/manager/client.js';
import { Connection } from '../../src/manager/connection.js';
import type { LoginCredentials } from '../../src/manager/credentials.js';
import { parseEndpoint } from '../../src/manager/endpoint.js';
import { downloadKeyFile } from '../../src/manager/key-file.js';
import {
  extendLogin,
  login,
  logout,
  tokenLogin,
  type LoginOutcome,
} from '../../src/manager/login.js';
import { preflight } from '../../src/manager/preflight.js';
import { probe } from '../../src/manager/probe.js';
import { resolveSession } from '../../src/manager/resolve-session.js';
import { listSessions } from '../../src/manager/session-list.js';
import { upgradeSource } from '../../src/manager/upgrade-source.js';
import { openTunnel } from '../../src/tunnel/tunnel.js';
import { addressOf } from './address-of.js';

// The demo's webserver was written from the same protocol description but shares no code with the
// client.

/** Milliseconds that making RSA keys may take on a busy machine. */
const MAKING_KEYS = 60_000;

describe.each(['22.03', '24.03', '26.8'] as const)('a webserver of release %s', (release) => {
  let demo: Demo;
  let ca: string[];
  let connection: Connection;

  beforeAll(async () => {
    demo = await startDemo({
      release,
      mode: 'session',
      tls: true,
      only: ['demo'],
    });
    ca = [demo.authority ?? ''];
    connection = new Connection(parseEndpoint(demo.endpoint), { ca });
  }, MAKING_KEYS);

  afterEach(() => {
    demo.login.otpMode = 'none';
    demo.login.passwordExpired = false;
    demo.login.limit = Number.POSITIVE_INFINITY;
  });

  afterAll(async () => {
    await demo.close();
  });

  const signIn = (more: { otp?: string; force?: boolean } = {}): Promise<LoginOutcome> => {
    const { username, password } = demo.login;
    return login(connection, { username, password, ...more });
  };

  const signedIn = (outcome: LoginOutcome): LoginCredentials => {
    if (outcome.kind !== 'signed-in') throw outcome.error;
    return outcome.credentials;
  };

  const client = (credentials: LoginCredentials): ManagerClient => loginClient(credentials, { ca });

  it('is found, lets in, lists, sends the key, and opens the tunnel', async () => {
    expect(await probe(demo.endpoint, { ca })).toMatchObject({
      kind: 'webserver',
    });
    const mine = client(signedIn(await signIn()));
    const session = resolveSession(await listSessions(mine), 'demo');
    const { payload } = await downloadKeyFile(mine, session);
    expect(payload.toString('latin1')).toContain(demo.session('demo').privateKey);
    const by = await preflight(mine, session);
    const upgrade = await upgradeSource(mine, session, by)();
    const { headers, trust } = upgrade;
    const socket = new WebSocket(addressOf(upgrade), { headers, ...trust });
    const banner = await new Promise((resolve, reject) => {
      socket.once('message', (data: Buffer) => {
        resolve(data.toString('latin1'));
      });
      socket.once('error', reject);
    });
    socket.terminate();
    expect(banner).toMatch(/^SSH-2\.0-/u);
  });

  it('hides that sshd takes no connections yet, which is found out', async () => {
    const mine = client(signedIn(await signIn()));
    const session = resolveSession(await listSessions(mine), 'demo');
    const tunnel = await openTunnel({
      port: 0,
      upgrade: upgradeSource(mine, session),
      timing: { firstWord: 200 },
    });
    demo.refuseSshd('demo');
    try {
      const ssh = connect(tunnel.port, '127.0.0.1');
      await expect.poll(() => demo.connections('demo').tunnels).toBe(1);
      demo.refuseSshd('demo', false);
      const [banner] = (await once(ssh, 'data')) as [Buffer];
      expect(banner.toString('latin1')).toMatch(/^SSH-2\.0-/u);
      ssh.destroy();
    } finally {
      demo.refuseSshd('demo', false);
      await tunnel.close();
    }
  });

  it('hides that a session has ended, which is found out', async () => {
    const mine = client(signedIn(await signIn()));
    await demo.addSession({ name: 'short' });
    const session = resolveSession(await listSessions(mine), 'short');
    const failures: string[] = [];
    const tunnel = await openTunnel({
      port: 0,
      upgrade: upgradeSource(mine, session),
      timing: { lookEvery: 100 },
      onFailure: ({ code }) => failures.push(code),
    });
    try {
      const ssh = connect(tunnel.port, '127.0.0.1').on('error', () => undefined);
      await once(ssh, 'data');
      await demo.terminate('short');
      await new Promise((resolve) => ssh.once('close', resolve));
      expect(failures).toEqual(['session-ended']);
    } finally {
      await tunnel.close();
    }
  });

  it('forgets a login that is ended', async () => {
    const credentials = signedIn(await signIn());
    const { loginId } = credentials;
    await extendLogin(connection, loginId);
    await logout(connection, loginId);
    await expect(listSessions(client(credentials))).rejects.toMatchObject({
      code: 'login-expired',
    });
  });

  it.each(['required', 'required-legacy'] as const)('asks for a code (%s)', async (otpMode) => {
    demo.login.otpMode = otpMode;
    expect(await signIn()).toMatchObject({ kind: 'otp-needed' });
    expect(await signIn({ otp: demo.login.otp })).toMatchObject({
      kind: 'signed-in',
    });
  });

  it('tells why it lets nobody in', async () => {
    const { username } = demo.login;
    const wrong = await login(connection, { username, password: 'wrong' });
    expect(wrong).toMatchObject({ kind: 'wrong-password' });
    demo.login.otpMode = 'registration';
    expect(await signIn()).toMatchObject({ kind: 'otp-registration-needed' });
    demo.login.otpMode = 'none';
    demo.login.passwordExpired = true;
    expect(await signIn()).toMatchObject({ kind: 'password-expired' });
  });

  it('takes the token of a portal, and the manager turns the password into a key pair', async () => {
    expect(await tokenLogin(connection, demo.login.sToken)).toMatchObject({
      kind: 'signed-in',
    });
    const manager = new Connection(parseEndpoint(demo.managerEndpoint), {
      ca,
    });
    const { greeting } = await probe(demo.managerEndpoint, { ca });
    const { username, password } = demo.login;
    const outcome = await authorize(manager, greeting.apiVersion, {
      username,
      password,
    });
    if (outcome.kind !== 'signed-in') throw outcome.error;
    expect(outcome.credentials.accessKey).toBe(demo.accessKey);
    expect(outcome.credentials.secretKey === demo.secretKey).toBe(true);
  });
});

describe('a webserver with a limit of logins', () => {
  it('ends an older one where the person agrees', async () => {
    const demo = await startDemo({ mode: 'session', only: ['demo'] });
    try {
      const connection = new Connection(parseEndpoint(demo.endpoint));
      const { username, password } = demo.login;
      demo.login.limit = 1;
      const first = await login(connection, { username, password });
      if (first.kind !== 'signed-in') throw first.error;
      const second = await login(connection, { username, password });
      expect(second).toMatchObject({ kind: 'active-login-exists' });
      const forced = await login(connection, {
        username,
        password,
        force: true,
      });
      expect(forced).toMatchObject({ kind: 'signed-in' });
      await expect(extendLogin(connection, first.credentials.loginId)).rejects.toMatchObject({
        code: 'login-expired',
      });
    } finally {
      await demo.close();
    }
  });

  it('blocks an account after too many failures', async () => {
    const demo = await startDemo({ mode: 'session', only: ['demo'] });
    try {
      const connection = new Connection(parseEndpoint(demo.endpoint));
      const wrong = { username: demo.login.username, password: 'wrong' };
      let outcome = await login(connection, wrong);
      for (let count = 0; count < 11 && outcome.kind === 'wrong-password'; count++) {
        outcome = await login(connection, wrong);
      }
      expect(outcome).toMatchObject({ kind: 'too-many-attempts' });
    } finally {
      await demo.close();
    }
  });
});
