/** What happens to connections when the computer sleeps for an hour: clocks jump, and timers are late. */
import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Cleanup, startClient, startManager, startTunnel, until, type Client } from './manager.js';

const HOUR = 3_600_000;
const timing = { pingAfter: 100, pongWithin: 1_500 };
const banner = Buffer.from('SSH-2.0-test\r\n');

const cleanup = new Cleanup();
let slept: number;

beforeEach(() => {
  slept = 0;
  const [monotonic, wall] = [performance.now.bind(performance), Date.now.bind(Date)];
  vi.spyOn(performance, 'now').mockImplementation(() => monotonic() + slept);
  vi.spyOn(Date, 'now').mockImplementation(() => wall() + slept);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await cleanup.run();
});

interface Sleeper {
  readonly client: Client;
  readonly failures: () => string[];
  /** How often the tunnel has asked for a sign of life. */
  readonly pings: () => number;
  /** Whether the manager hears anything. */
  readonly hears: (hears: boolean) => void;
}

/** A client that has its banner, behind a tunnel to a manager that can go deaf and echoes otherwise. */
async function startSleeper(): Promise<Sleeper> {
  let pings = 0;
  let setHearing: (hears: boolean) => void = () => undefined;
  const manager = await startManager(cleanup, (socket, raw) => {
    socket.send(banner);
    socket.on('ping', () => pings++);
    socket.on('message', (data: Buffer) => {
      socket.send(data);
    });
    setHearing = (hears) => {
      if (hears) raw.resume();
      else raw.pause();
    };
  });
  const tunnel = await startTunnel(cleanup, manager.url, { timing });
  const client = await startClient(cleanup, tunnel.port);
  await client.has(banner.length);
  return {
    client,
    failures: () => tunnel.failures.map(({ code }) => code),
    pings: () => pings,
    hears: (hears) => {
      setHearing(hears);
    },
  };
}

describe('after a jump of the clock by an hour', () => {
  it('a connection that lives goes on', async () => {
    const { client, failures, pings } = await startSleeper();
    slept = HOUR;
    const before = pings();
    await until(() => pings() >= before + 3);
    client.socket.write('still here');
    await client.has(banner.length + 'still here'.length);
    expect(failures()).toEqual([]);
  });

  it('a connection that was asked before, and could not answer in its sleep, is asked again', async () => {
    const { client, failures, pings, hears } = await startSleeper();
    hears(false);
    // The question goes out after 100 ms of silence, and its time is up 1.5 s later.
    await new Promise((resolve) => setTimeout(resolve, 300));
    slept = HOUR;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(failures()).toEqual([]);
    hears(true);
    const before = pings();
    await until(() => pings() >= before + 3);
    client.socket.write('awake');
    await client.has(banner.length + 'awake'.length);
    expect(failures()).toEqual([]);
  });

  it('a connection that is only half open is found, and a new client gets in', async () => {
    const { client, failures, hears } = await startSleeper();
    hears(false);
    slept = HOUR;
    expect(await client.ended).toBe('reset');
    await until(() => failures().length > 0);
    expect(failures()).toEqual(['tunnel-silent']);
    const next = await startSleeper();
    next.client.socket.write('hello');
    await next.client.has(banner.length + 'hello'.length);
  });
});
