import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

import { releaseNames, startDemo, type Demo } from '../../src/demo/index.js';
import { apiClient, type ClientOptions, type ManagerClient } from '../../src/manager/client.js';
import { ApiCredentials } from '../../src/manager/credentials.js';
import { downloadKeyFile } from '../../src/manager/key-file.js';
import { preflight } from '../../src/manager/preflight.js';
import { probe } from '../../src/manager/probe.js';
import { resolveSession } from '../../src/manager/resolve-session.js';
import { checkCredentials, listSessions } from '../../src/manager/session-list.js';
import type { Session } from '../../src/manager/session.js';
import { upgradeSource } from '../../src/manager/upgrade-source.js';
import { addressOf } from './address-of.js';

// The demo's manager was written from the same protocol description but shares no code with the
// client, and it verifies every signature.

function clientOf(demo: Demo, options: ClientOptions = {}): ManagerClient {
  const { endpoint, accessKey, secretKey } = demo;
  return apiClient(new ApiCredentials({ endpoint, accessKey, secretKey }), options);
}

/** The first bytes that come through a tunnel. */
async function banner(client: ManagerClient, session: Session): Promise<string> {
  const upgrade = await upgradeSource(client, session)();
  const { headers } = upgrade;
  const socket = new WebSocket(addressOf(upgrade), { headers, perMessageDeflate: false });
  try {
    return await new Promise((resolve, reject) => {
      socket.once('message', (data: Buffer) => {
        resolve(data.toString('latin1'));
      });
      socket.once('error', reject);
    });
  } finally {
    socket.terminate();
  }
}

/** Milliseconds that making RSA keys may take on a busy machine. */
const MAKING_KEYS = 60_000;

describe.each(releaseNames)('a manager of release %s', (release) => {
  let demo: Demo;
  let client: ManagerClient;

  beforeAll(async () => {
    demo = await startDemo({ release, only: ['demo'] });
    client = clientOf(demo);
  }, MAKING_KEYS);

  afterAll(async () => {
    await demo.close();
  });

  it('is found, accepts the key pair, lists, sends the key, and opens the tunnel', async () => {
    expect(await probe(demo.endpoint)).toMatchObject({ kind: 'manager' });
    const greeting = await checkCredentials(client);
    expect(greeting.release.startsWith(release)).toBe(true);
    const sessions = await listSessions(client);
    expect(sessions.map(({ name }) => name)).toEqual(['demo']);
    const session = resolveSession(sessions, 'demo');
    expect(session.id).toBe(demo.session('demo').id);
    expect(session.servicePorts.map(({ name }) => name)).toContain('sshd');
    const { path, payload } = await downloadKeyFile(client, session);
    expect(path).toBe('id_container');
    // Some releases wrap the key into a tar.
    expect(payload.toString('latin1')).toContain(demo.session('demo').privateKey);
    expect(await preflight(client, session)).toBe('id');
    expect(await banner(client, session)).toMatch(/^SSH-2\.0-/u);
  });

  it('sends the key from its other place where id_container is gone', async () => {
    await demo.setKeyFile('demo', null);
    const [session] = await listSessions(client);
    if (session === undefined) throw new Error('no session');
    const { path, payload } = await downloadKeyFile(client, session);
    expect(path).toBe('.ssh/id_rsa');
    expect(payload.toString('latin1')).toContain(demo.session('demo').privateKey);
  });
});

describe('a manager that', () => {
  let demo: Demo;

  beforeAll(async () => {
    demo = await startDemo({ only: ['demo', 'demo-own-key', 'demo-pending'], role: 'admin' });
  }, MAKING_KEYS);

  afterEach(() => {
    demo.clearFaults();
  });

  afterAll(async () => {
    await demo.close();
  });

  it('lives in another time is told from a wrong key', async () => {
    demo.setClockSkew(40 * 60_000);
    await expect(listSessions(clientOf(demo))).rejects.toMatchObject({ code: 'clock-skew' });
  });

  it('does not know the key, or knows another secret for it, says which', async () => {
    const { endpoint, accessKey, secretKey } = demo;
    const list = (key: { accessKey: string; secretKey: string }): Promise<Session[]> =>
      listSessions(apiClient(new ApiCredentials({ endpoint, ...key })));
    const wrong = list({ accessKey, secretKey: 'wrong' });
    await expect(wrong).rejects.toMatchObject({ code: 'wrong-secret-key' });
    const unknown = list({ accessKey: 'AKIAUNKNOWN', secretKey });
    await expect(unknown).rejects.toMatchObject({ code: 'unknown-access-key' });
  });

  it('shows an administrator everybody’s sessions leads to one’s own only', async () => {
    const sessions = await listSessions(clientOf(demo));
    expect(sessions.map(({ name }) => name)).toEqual(['demo-pending', 'demo', 'demo-own-key']);
    expect(() => resolveSession(sessions, 'demo-pending')).toThrow(
      expect.objectContaining({ code: 'session-not-running' }),
    );
  });

  it('has a session with a mounted .ssh folder says that its key is the user’s own', async () => {
    const client = clientOf(demo);
    const session = resolveSession(await listSessions(client), 'demo-own-key');
    await expect(downloadKeyFile(client, session)).rejects.toMatchObject({
      code: 'key-file-missing',
    });
  });
});
