/** The agent's control channel, with clients that do not behave. */
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { askAgent } from '../../src/tunnel/agent/control-client.js';
import { serveControl } from '../../src/tunnel/agent/control-server.js';
import type { AgentRequest, AgentStatus } from '../../src/tunnel/agent/protocol.js';
import { readLine } from '../../src/tunnel/agent/read-line.js';
import { Cleanup } from './manager.js';

const cleanup = new Cleanup();
let folder: string;
let address: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bai-win-control-'));
  cleanup.add(() => rm(folder, { recursive: true }));
  address = process.platform === 'win32' ? `\\\\.\\pipe\\${folder}` : join(folder, 'agent.sock');
});
afterEach(() => cleanup.run());

const nothing: AgentStatus = { version: '1.2.3', pid: 1, tunnels: [] };

/** Serves until the test ends; returns what was asked. */
async function serve(
  handle: (request: AgentRequest) => Promise<AgentStatus> = () => Promise.resolve(nothing),
): Promise<{ requests: AgentRequest[]; close(): Promise<void> }> {
  const requests: AgentRequest[] = [];
  const server = await serveControl(address, (request) => {
    requests.push(request);
    return handle(request);
  });
  cleanup.add(() => server.close());
  return { requests, close: () => server.close() };
}

/** A connection that sends these bytes, if any. */
async function say(text: string): Promise<Socket> {
  const socket = connect(address);
  cleanup.add(() => socket.destroy());
  await once(socket, 'connect');
  if (text !== '') socket.write(text);
  return socket;
}

it('answers each request with the state after it', async () => {
  const { requests } = await serve();
  expect(await askAgent(address, { op: 'up', sites: ['a'] })).toEqual(nothing);
  expect(requests).toMatchObject([{ op: 'up', sites: ['a'] }]);
});

it('passes failures on, with code, text and hint', async () => {
  await serve(() => Promise.reject(new Error('no such luck')));
  await expect(askAgent(address, { op: 'status' })).rejects.toMatchObject({
    code: 'agent-failed',
    message: 'the agent failed: no such luck',
  });
});

it('understands only "stop" of another protocol', async () => {
  const { requests } = await serve();
  const status = await say('{"protocol":99,"op":"status"}\n');
  const [answer] = (await once(status, 'data')) as [Buffer];
  expect(JSON.parse(answer.toString())).toMatchObject({
    error: { code: 'agent-protocol-differs' },
  });
  const stop = await say('{"protocol":99,"op":"stop"}\n');
  await once(stop, 'data');
  expect(requests).toMatchObject([{ op: 'stop' }]);
});

it('is not hindered by nonsense, by lines without an end, and by those who leave', async () => {
  await serve();
  const nonsense = await say('what?\n');
  const [answer] = (await once(nonsense, 'data')) as [Buffer];
  expect(JSON.parse(answer.toString())).toMatchObject({ error: { code: 'agent-failed' } });
  const endless = await say('x'.repeat(2 * 1024 * 1024));
  endless.on('error', () => undefined);
  await new Promise((resolve) => endless.once('close', resolve));
  (await say('{"protocol":1,"op":"status"}\n')).destroy();
  expect(await askAgent(address, { op: 'status' })).toEqual(nothing);
});

it('closes although somebody is connected and says nothing', async () => {
  const server = await serve();
  const silent = await say('');
  const gone = once(silent.resume(), 'close');
  await server.close();
  await gone;
  expect(await askAgent(address, { op: 'status' })).toBeNull();
});

it('lets an answer that is under way arrive before it closes', async () => {
  let answer: (status: AgentStatus) => void = () => undefined;
  const server = await serve(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  const status = askAgent(address, { op: 'status' });
  while (server.requests.length === 0) await new Promise(setImmediate);
  const closed = server.close();
  answer(nothing);
  expect(await status).toEqual(nothing);
  await closed;
});

it('replaces a socket file that a dead agent left, and nothing else', async () => {
  if (process.platform === 'win32') return;
  await writeFile(address, '');
  await serve();
  expect((await stat(address)).mode & 0o777).toBe(0o600);
  await expect(serve()).rejects.toMatchObject({ code: 'agent-already-running' });
  expect(await askAgent(address, { op: 'status' })).toEqual(nothing);
});

it('keeps nothing of what comes after the line', async () => {
  const server = createServer().listen(address);
  cleanup.add(() => server.close());
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = await say('one\ntwo');
  const [socket] = await accepted;
  expect(await readLine(socket)).toBe('one');
  expect(socket.listenerCount('data')).toBe(0);
  const gone = once(socket, 'close');
  client.end('three');
  await gone;
});
