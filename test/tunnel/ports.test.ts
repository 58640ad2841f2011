import { createServer } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPortFree, portCandidates, takePort, tryPort } from '../../src/tunnel/ports.js';
import { listenAnywhere } from './manager.js';

describe('portCandidates', () => {
  it('gives a site the same ports each time, all advised and below the ephemeral ranges', () => {
    fc.assert(
      fc.property(fc.string(), (id) => {
        const ports = portCandidates(id);
        expect(ports).toEqual(portCandidates(id));
        expect(new Set(ports).size).toBe(ports.length);
        expect(Math.min(...ports)).toBeGreaterThanOrEqual(10_000);
        expect(Math.max(...ports)).toBeLessThan(30_000);
      }),
    );
  });

  it('does not change from release to release', () => {
    expect(portCandidates('demo-1a2b3c4d').slice(0, 3)).toMatchInlineSnapshot(`
      [
        12883,
        13194,
        13505,
      ]
    `);
  });

  it('puts first what was asked for, once', () => {
    const [derived] = portCandidates('demo');
    expect(portCandidates('demo', [derived ?? 0, 30722]).slice(0, 2)).toEqual([derived, 30722]);
    expect(portCandidates('demo', [30722, derived ?? 0])).toHaveLength(65);
  });
});

/** The port that is taken, of these. */
const choosePort = (
  candidates: readonly number[],
  taken: ReadonlySet<number> = new Set(),
  host?: string,
): Promise<number> =>
  takePort(candidates, taken, async (port) => {
    await tryPort(port, host);
    return port;
  });

describe('takePort', () => {
  it('takes the next candidate when one is taken or belongs to another site', async () => {
    const servers = [createServer(), createServer(), createServer()];
    const ports = await Promise.all(servers.map((server) => listenAnywhere(server)));
    const [busy = 0, assigned = 0, free = 0] = ports;
    for (const server of servers.slice(1)) await new Promise((resolve) => server.close(resolve));
    expect(await isPortFree(busy)).toBe(false);
    expect(await isPortFree(free)).toBe(true);
    expect(await choosePort([busy, assigned, free], new Set([assigned]))).toBe(free);
    await expect(choosePort([busy])).rejects.toMatchObject({ code: 'port-none-free' });
    servers[0]?.close();
  });

  it('does not give up the first one for somebody who has it for an instant', async () => {
    const passing = createServer();
    const [port, other] = [await listenAnywhere(passing), 12_883];
    const chosen = choosePort([port, other]);
    setTimeout(() => passing.close(), 50);
    expect(await chosen).toBe(port);
  });

  // Another address of loopback, which only Linux has without being told.
  it.runIf(process.platform === 'linux')('looks at the address that will be bound', async () => {
    const server = createServer();
    const port = await listenAnywhere(server);
    expect(await choosePort([port], undefined, '127.0.0.2')).toBe(port);
    await expect(choosePort([port], undefined, '0.0.0.0')).rejects.toMatchObject({
      code: 'port-none-free',
    });
    server.close();
  });

  it('says where an address is not of this computer', async () => {
    // A network for documentation (RFC 5737), which no computer has.
    await expect(choosePort([22_022], undefined, '203.0.113.1')).rejects.toMatchObject({
      code: 'listen-failed',
    });
  });

  it.each([0, 22, 1024, 65_536, 1.5, NaN])('refuses %d', async (port) => {
    await expect(choosePort([port])).rejects.toMatchObject({ code: 'port-out-of-range' });
  });
});
