import { afterEach, describe, expect, it } from 'vitest';
import { BaiError } from '../../src/errors.js';
import type { Prepare } from '../../src/tunnel/upgrade.js';
import {
  Cleanup,
  startClient,
  startManager,
  startTunnel,
  until,
  upgradeTo,
  type Manager,
} from './manager.js';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/** A manager that greets, then sends back what it gets. */
const startEcho = (greeting: string): Promise<Manager> =>
  startManager(cleanup, (socket) => {
    socket.send(Buffer.from(greeting));
    socket.on('message', (data: Buffer) => {
      socket.send(data);
    });
  });

/** A preparation that the test ends when it likes. */
function controlled(): {
  prepare: Prepare;
  calls: () => number;
  resolve: (verdict: 'ready' | 'dial-again') => void;
  reject: (error: Error) => void;
} {
  let resolve!: (verdict: 'ready' | 'dial-again') => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<'ready' | 'dial-again'>((done, fail) => {
    resolve = done;
    reject = fail;
  });
  let calls = 0;
  return {
    prepare: () => {
      calls += 1;
      return promise;
    },
    calls: () => calls,
    resolve,
    reject,
  };
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('a tunnel that prepares for each client', () => {
  it('dials meanwhile, and passes nothing on before all is ready', async () => {
    const manager = await startEcho('banner');
    const { prepare, calls, resolve } = controlled();
    const tunnel = await startTunnel(cleanup, manager.url, { prepare });
    const client = await startClient(cleanup, tunnel.port);
    client.socket.write('hello');
    await until(() => manager.open.size === 1);
    await pause(50);
    expect(client.received().toString()).toBe('');
    resolve('ready');
    await client.has('bannerhello'.length);
    expect(client.received().toString()).toBe('bannerhello');
    expect(calls()).toBe(1);
    await startClient(cleanup, tunnel.port);
    await until(() => calls() === 2);
  });

  it('dials again where the session has become another one, with all that the client said', async () => {
    const old = await startEcho('old');
    const renewed = await startEcho('new');
    let url = old.url;
    const { prepare, resolve } = controlled();
    const tunnel = await startTunnel(cleanup, '', {
      prepare,
      upgrade: () => Promise.resolve(upgradeTo(url)),
    });
    const client = await startClient(cleanup, tunnel.port);
    client.socket.write('hello');
    await until(() => old.open.size === 1);
    await pause(50);
    url = renewed.url;
    resolve('dial-again');
    await client.has('newhello'.length);
    expect(client.received().toString()).toBe('newhello');
    await until(() => old.open.size === 0);
    expect(tunnel.failures).toEqual([]);
  });

  it('dials again also where the first dial has failed by then', async () => {
    const renewed = await startEcho('new');
    let url = 'ws://127.0.0.1:1/';
    const { prepare, resolve } = controlled();
    const tunnel = await startTunnel(cleanup, '', {
      prepare,
      upgrade: () => Promise.resolve(upgradeTo(url)),
    });
    const client = await startClient(cleanup, tunnel.port);
    client.socket.write('hello');
    await pause(50);
    url = renewed.url;
    resolve('dial-again');
    await client.has('newhello'.length);
    expect(tunnel.failures).toEqual([]);
  });

  it('reports the failed dial where the preparation found nothing', async () => {
    const tunnel = await startTunnel(cleanup, 'ws://127.0.0.1:1/', {
      prepare: () => Promise.resolve('ready'),
    });
    const client = await startClient(cleanup, tunnel.port);
    expect(await client.ended).toBe('reset');
    expect(tunnel.failures.map(({ code }) => code)).toEqual(['tunnel-econnrefused']);
  });

  it('asks once more after a failed dial, since what was known may be outdated', async () => {
    const renewed = await startEcho('new');
    let url = 'ws://127.0.0.1:1/';
    const asked: boolean[] = [];
    const tunnel = await startTunnel(cleanup, '', {
      prepare: (afterFailure) => {
        asked.push(afterFailure);
        if (!afterFailure) return Promise.resolve('ready');
        url = renewed.url;
        return Promise.resolve('dial-again');
      },
      upgrade: () => Promise.resolve(upgradeTo(url)),
    });
    const client = await startClient(cleanup, tunnel.port);
    client.socket.write('hello');
    await client.has('newhello'.length);
    expect(asked).toEqual([false, true]);
    expect(tunnel.failures).toEqual([]);
  });

  it('resets the client and reports why where the preparation fails', async () => {
    const manager = await startEcho('banner');
    const { prepare, reject } = controlled();
    const tunnel = await startTunnel(cleanup, manager.url, { prepare });
    const client = await startClient(cleanup, tunnel.port);
    await until(() => manager.open.size === 1);
    reject(new BaiError('session-gone', 'the session is gone', 'start it again'));
    expect(await client.ended).toBe('reset');
    expect(client.received().toString()).toBe('');
    expect(tunnel.failures.map(({ code }) => code)).toEqual(['session-gone']);
    await until(() => manager.open.size === 0 && tunnel.connections === 0);
  });

  it('holds a bounded part of what is sent meanwhile, and loses none of it', async () => {
    const size = 8 * 1024 * 1024;
    const bytes = Buffer.alloc(size, 'x');
    const manager = await startManager(cleanup, (socket) => {
      socket.send(bytes);
      socket.on('message', (data: Buffer) => {
        socket.send(data);
      });
    });
    const { prepare, resolve } = controlled();
    const tunnel = await startTunnel(cleanup, manager.url, { prepare });
    const client = await startClient(cleanup, tunnel.port);
    client.socket.write(Buffer.alloc(256 * 1024, 'y'));
    await pause(100);
    expect(client.received()).toHaveLength(0);
    resolve('ready');
    await client.has(size + 256 * 1024);
    expect(client.received().toString().replaceAll('x', '')).toHaveLength(256 * 1024);
  });

  it('ends with a client that leaves during the preparation', async () => {
    const manager = await startEcho('banner');
    const tunnel = await startTunnel(cleanup, manager.url, {
      prepare: () => new Promise(() => undefined),
    });
    const client = await startClient(cleanup, tunnel.port);
    await until(() => manager.open.size === 1);
    client.socket.resetAndDestroy();
    await until(() => manager.open.size === 0 && tunnel.connections === 0);
    expect(tunnel.failures).toEqual([]);
  });
});
