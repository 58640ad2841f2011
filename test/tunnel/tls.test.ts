import { createServer, type Server } from 'node:https';
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { UpgradeRequest } from '../../src/tunnel/upgrade.js';
import { certify } from '../manager/certificates.js';
import { Cleanup, listenAnywhere, startClient, startTunnel, until, upgradeTo } from './manager.js';

const GREETING = 'SSH-2.0-test\r\n';

/** Milliseconds that making RSA keys may take on a busy machine. */
const MAKING_KEYS = 60_000;

const cleanup = new Cleanup();
let site: ReturnType<typeof certify>;
let trusted: SecureContext;

beforeAll(() => {
  site = certify('127.0.0.1');
  trusted = createSecureContext({ ca: [site.ca] });
}, MAKING_KEYS);

afterEach(() => cleanup.run());

/** A WebSocket server behind TLS, and whether each of its connections took up an earlier session. */
async function startSecure(options: Parameters<typeof createServer>[0] = {}): Promise<{
  server: Server;
  port: number;
  reused: boolean[];
}> {
  const server = createServer({ ...site.server, ...options });
  const reused: boolean[] = [];
  server.on('secureConnection', (socket: TLSSocket) => reused.push(socket.isSessionReused()));
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    socket.send(Buffer.from(GREETING));
  });
  const port = await listenAnywhere(server);
  cleanup.add(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    server.close();
  });
  return { server, port, reused };
}

/** Connects a client through a tunnel of its own; resolves to what it was greeted with. */
async function greeting(port: number, trust: UpgradeRequest['trust']): Promise<string> {
  const upgrade = (): Promise<UpgradeRequest> =>
    Promise.resolve({
      ...upgradeTo(`wss://127.0.0.1:${port}/`),
      ...(trust === undefined ? {} : { trust }),
    });
  const tunnel = await startTunnel(cleanup, '', { upgrade });
  const client = await startClient(cleanup, tunnel.port);
  await until(() => client.received().length === GREETING.length || tunnel.failures.length > 0);
  const [failure] = tunnel.failures;
  await tunnel.close();
  return failure?.code ?? client.received().toString();
}

describe('a tunnel over TLS', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'takes the session of the last connection up again (%s)',
    async (version) => {
      const { port, reused } = await startSecure({ minVersion: version, maxVersion: version });
      const trust = { secureContext: trusted };
      expect(await greeting(port, trust)).toBe(GREETING);
      expect(await greeting(port, trust)).toBe(GREETING);
      expect(reused).toEqual([false, true]);
    },
  );

  it('connects as if for the first time where the server has forgotten', async () => {
    const { server, port, reused } = await startSecure();
    const trust = { secureContext: trusted };
    expect(await greeting(port, trust)).toBe(GREETING);
    server.setTicketKeys(Buffer.alloc(48, 1));
    expect(await greeting(port, trust)).toBe(GREETING);
    expect(reused).toEqual([false, false]);
  });

  it('never takes a session for checked that was not', async () => {
    const { port, reused } = await startSecure();
    expect(await greeting(port, { rejectUnauthorized: false })).toBe(GREETING);
    expect(await greeting(port, { rejectUnauthorized: false })).toBe(GREETING);
    expect(await greeting(port, undefined)).toBe('tunnel-tls');
    expect(reused).not.toContain(true);
  });

  it('keeps what one authority vouched for from those who do not know that one', async () => {
    const { port } = await startSecure();
    expect(await greeting(port, { secureContext: trusted })).toBe(GREETING);
    expect(await greeting(port, { secureContext: createSecureContext() })).toBe('tunnel-tls');
    expect(await greeting(port, undefined)).toBe('tunnel-tls');
  });
});
