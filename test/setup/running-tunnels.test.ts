import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { announceTunnel, findRunningTunnel } from '../../src/setup/running-tunnels.js';
import { testHost } from '../changes/support.js';
import { testWorkspace } from './support/workspace.js';

test('a tunnel counts while its process lives and its port is taken', async () => {
  const workspace = testWorkspace(await testHost());
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await findRunningTunnel(workspace, 'demo-1')).toBeNull();
  const withdraw = await announceTunnel(workspace, 'demo-1', port);
  expect(await findRunningTunnel(workspace, 'demo-1')).toEqual({ pid: process.pid, port });

  server.close();
  await once(server, 'close');
  // As after a crash, where another program has got the number of the process.
  expect(await findRunningTunnel(workspace, 'demo-1')).toBeNull();
  withdraw();
});

test('a note counts as none where strangers have the number and the port of its process', async () => {
  const workspace = testWorkspace(await testHost());
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const withdraw = await announceTunnel(workspace, 'demo-1', port);
  const file = join(workspace.paths.state, 'tunnel-demo-1.json');
  const left = await readFile(file);
  withdraw();
  // As after a crash; this process and this server are others than those that it names.
  await writeFile(file, left);
  expect(await findRunningTunnel(workspace, 'demo-1')).toBeNull();
  server.close();
});

test('a note of another process stays when this one takes its own away', async () => {
  const workspace = testWorkspace(await testHost());
  const withdraw = await announceTunnel(workspace, 'demo-1', 50_000);
  const file = join(workspace.paths.state, 'tunnel-demo-1.json');
  await writeFile(file, '{"pid":1,"port":50001}');
  withdraw();
  expect(await readFile(file, 'utf8')).toBe('{"pid":1,"port":50001}');
});

test.each(['', 'null', '{}', '{"pid":1,"port":-1}', '{"pid":-1,"port":"x"}'])(
  'a damaged note counts as none: %s',
  async (text) => {
    const workspace = testWorkspace(await testHost());
    await mkdir(workspace.paths.state, { recursive: true });
    await writeFile(join(workspace.paths.state, 'tunnel-demo-1.json'), text);
    expect(await findRunningTunnel(workspace, 'demo-1')).toBeNull();
  },
);
