/**
 * The network between the tunnel and the manager swallows everything for a while. The manager is in a
 * network namespace of its own (ip-netns(8), needs root), at the other end of a cable; each end can be
 * given a wrong idea of where the other one is. Nobody is told that anything is lost, as with a VPN
 * that hangs.
 */
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Cleanup, startClient, startTunnel, until } from '../tunnel/manager.js';
import { startInBackground } from './support/background-program.js';
import { makeCleanup } from './support/cleanup.js';
import { runProgram } from './support/run-program.js';
import { makeScratchFolder } from './support/scratch-folder.js';
import { waitUntil } from './support/wait-until.js';

/** Networks for documentation, RFC 5737, which hardly any machine is in. */
const NETWORKS = ['192.0.2', '198.51.100', '203.0.113'];
const NAMESPACE = `bai-win-${process.pid}`;
/** Names of interfaces have at most 15 characters. */
const CABLE = `bw${process.pid}`;
const NOBODY = '02:00:00:00:00:01';
const PORT = 8080;
const MiB = 1024 * 1024;
const BANNER = 'SSH-2.0-test\r\n';

/** A manager whose sshd greets, then repeats what it hears. */
const MANAGER = `
  import { WebSocketServer } from 'ws';
  const server = new WebSocketServer({ host: process.argv[1], port: ${PORT} });
  server.on('listening', () => console.log('ready'));
  server.on('connection', (socket) => {
    socket.send(Buffer.from(${JSON.stringify(BANNER)}));
    socket.on('error', () => {});
    socket.on('message', (data) => socket.send(data));
  });`;

const whole = makeCleanup();
const cleanup = new Cleanup();
const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };
/** Addresses of the two ends. */
let here: string;
let there: string;

async function ip(...args: string[]): Promise<void> {
  const { code, stderr } = await runProgram('ip', args, { env });
  if (code !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}

/** A network that this machine has no address in: the way there leads over others, or nowhere. */
async function freeNetwork(): Promise<string> {
  for (const network of NETWORKS) {
    const { code, stdout } = await runProgram('ip', ['route', 'get', `${network}.2`], { env });
    if (code !== 0 || stdout.includes(' via ')) return network;
  }
  throw new Error(`this machine is in all of ${NETWORKS.join(', ')}`);
}

const ipThere = (...args: string[]): Promise<void> => ip('-n', NAMESPACE, ...args);

beforeAll(async () => {
  const scratch = await makeScratchFolder();
  whole.defer(() => scratch.remove());
  const network = await freeNetwork();
  [here, there] = [`${network}.1`, `${network}.2`];
  await ip('netns', 'add', NAMESPACE);
  whole.defer(() => ip('netns', 'del', NAMESPACE));
  await ip('link', 'add', CABLE, 'type', 'veth', 'peer', 'name', 'far', 'netns', NAMESPACE);
  await ip('addr', 'add', `${here}/30`, 'dev', CABLE);
  await ipThere('addr', 'add', `${there}/30`, 'dev', 'far');
  await ip('link', 'set', CABLE, 'up');
  await ipThere('link', 'set', 'far', 'up');
  const node = [process.execPath, '--input-type=module', '-e', MANAGER, there];
  const manager = await startInBackground('ip', ['netns', 'exec', NAMESPACE, ...node], {
    env,
    outputFile: join(scratch.path, 'manager.log'),
  });
  whole.defer(() => manager.stop());
  await waitUntil(
    'the manager listens',
    30_000,
    () => (manager.output().includes('ready') ? true : undefined),
    () => manager.output(),
  );
});
afterEach(async () => {
  await cleanup.run();
  await mend();
});
afterAll(() => whole.run());

/** From now on nothing arrives, in either direction. */
async function cut(): Promise<void> {
  await ip('neigh', 'replace', there, 'lladdr', NOBODY, 'dev', CABLE, 'nud', 'permanent');
  await ipThere('neigh', 'replace', here, 'lladdr', NOBODY, 'dev', 'far', 'nud', 'permanent');
}

async function mend(): Promise<void> {
  await ip('neigh', 'flush', 'dev', CABLE, 'nud', 'permanent');
  await ipThere('neigh', 'flush', 'dev', 'far', 'nud', 'permanent');
}

const url = (): string => `ws://${there}:${PORT}/stream`;
const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

it('a short one loses nothing of a transfer in both directions', async () => {
  const tunnel = await startTunnel(cleanup, url());
  const client = await startClient(cleanup, tunnel.port);
  await client.has(BANNER.length);
  const bytes = randomBytes(64 * MiB);
  client.socket.write(bytes);
  await client.has(BANNER.length + MiB);
  await cut();
  await pause(500);
  const got = client.received().length;
  await pause(1_500);
  expect(client.received()).toHaveLength(got);
  expect(got).toBeLessThan(bytes.length);
  await mend();
  await client.has(BANNER.length + bytes.length);
  const sha256 = (all: Buffer): string => createHash('sha256').update(all).digest('hex');
  expect(sha256(client.received().subarray(BANNER.length))).toBe(sha256(bytes));
  expect(tunnel.failures).toEqual([]);
});

it('a long one resets clients, those that wait and those that send, and new ones get in after it', async () => {
  const timing = { pingAfter: 500, pongWithin: 3_000, handshake: 1_000 };
  const tunnel = await startTunnel(cleanup, url(), { timing });
  const clients = await Promise.all([0, 1].map(() => startClient(cleanup, tunnel.port)));
  for (const client of clients) await client.has(BANNER.length);
  await cut();
  clients[1]?.socket.write(randomBytes(64 * MiB));
  for (const client of clients) expect(await client.ended).toBe('reset');
  await until(() => tunnel.failures.length === 2);
  const codes = (): string[] => tunnel.failures.map(({ code }) => code);
  expect(codes()).toEqual(['tunnel-silent', 'tunnel-silent']);

  const early = await startClient(cleanup, tunnel.port);
  early.socket.write(BANNER);
  expect(await early.ended).toBe('reset');
  await until(() => tunnel.failures.length === 3);
  expect(codes().at(-1)).toBe('tunnel-timeout');

  await mend();
  const late = await startClient(cleanup, tunnel.port);
  await late.has(BANNER.length);
  expect(codes()).toHaveLength(3);
});
