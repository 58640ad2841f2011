/** How a client gets the end of a connection: all of it and a FIN, or a reset. */
import { createHash, randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { Cleanup, startClient, startManager, startTunnel, until } from './manager.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const MiB = 1024 * 1024;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a client that takes its time after the end of sshd', () => {
  it('gets everything, though it goes on sending meanwhile', async () => {
    const down = randomBytes(2 * MiB);
    const manager = await startManager(cleanup, (socket) => {
      socket.send(down);
      socket.close(1001);
    });
    const tunnel = await startTunnel(cleanup, manager.url, { timing: { close: 50 } });
    const client = await startClient(cleanup, tunnel.port);
    client.socket.pause();
    for (let i = 0; i < 6; i++) {
      await pause(50);
      client.socket.write('window adjust');
    }
    client.socket.resume();
    expect(await client.ended).toBe('fin');
    expect(sha256(client.received())).toBe(sha256(down));
    client.socket.end();
    await until(() => tunnel.connections === 0);
    expect(tunnel.failures).toEqual([]);
  });

  it('is dropped when it stays silent for long, and not before', async () => {
    const manager = await startManager(cleanup, (socket) => {
      socket.send(Buffer.from('SSH-2.0-test\r\n'));
      socket.close(1001);
    });
    const tunnel = await startTunnel(cleanup, manager.url, { timing: { close: 10, collect: 500 } });
    const client = await startClient(cleanup, tunnel.port);
    expect(await client.ended).toBe('fin');
    for (let i = 0; i < 8; i++) {
      await pause(100);
      client.socket.write('still here');
    }
    expect(tunnel.connections).toBe(1);
    await until(() => tunnel.connections === 0);
    expect(tunnel.failures).toEqual([]);
  });

  it('is not waited for when the tunnel is closed', async () => {
    const manager = await startManager(cleanup, (socket) => {
      socket.send(Buffer.from('SSH-2.0-test\r\n'));
      socket.close(1001);
    });
    const tunnel = await startTunnel(cleanup, manager.url, { timing: { close: 10 } });
    const client = await startClient(cleanup, tunnel.port);
    await client.ended;
    await tunnel.close();
    expect(tunnel.connections).toBe(0);
  });
});
