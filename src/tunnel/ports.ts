import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { BaiError } from '../errors.js';
import { listen } from './listen.js';
import { acceptedPorts, advisedPorts } from './port-bounds.js';

/**
 * Where assigned ports are looked for: inside the advised range and below the ports that systems
 * give to outgoing connections (Linux 32768 and up, Windows and macOS 49152 and up), so that no
 * passing connection takes a site's port.
 */
const ASSIGNED_MIN = 10_000;
const ASSIGNED_COUNT = 20_000;

/** How many places are tried before giving up; Windows reserves blocks of 100 and more. */
const CANDIDATES = 64;
/** Distance between candidates: coprime to the count, and beyond one reserved block. */
const STRIDE = 311;

/**
 * The ports to try for a site, in order: what was asked for, what it had, then places that follow
 * from its id alone, so that a site finds the same port again wherever state was lost.
 * @param preferred ports to try first, the most wanted first
 */
export function portCandidates(siteId: string, preferred: readonly number[] = []): number[] {
  const start = createHash('sha256').update(siteId).digest().readUInt32BE(0);
  const derived = Array.from(
    { length: CANDIDATES },
    (_, step) => ASSIGNED_MIN + ((start + step * STRIDE) % ASSIGNED_COUNT),
  );
  return [...new Set([...preferred, ...derived])];
}

/** Where clients of this computer connect to. */
const LOOPBACK = '127.0.0.1';

/** The addresses of `listen` that stand for all of a computer's. */
const ALL_ADDRESSES: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Whether clients of this computer, which connect to 127.0.0.1, reach what listens on an address. */
export function isForClients(host: string): boolean {
  return host === LOOPBACK || ALL_ADDRESSES.has(host);
}

/**
 * Whether a port can be bound now, found out by binding it.
 *
 * @param host the address
 * @throws BaiError `listen-failed` where the trouble is not this port
 */
export async function isPortFree(port: number, host = LOOPBACK): Promise<boolean> {
  const server = createServer();
  try {
    await listen(server, port, host);
  } catch (error) {
    if (error instanceof BaiError && error.code === 'port-taken') return false;
    throw error;
  }
  await new Promise((resolve) => server.close(resolve));
  // Windows lets all addresses be bound beside a program that has this one, which clients would reach.
  return ALL_ADDRESSES.has(host) ? isPortFree(port) : true;
}

/**
 * The first candidate that is free on an address and not in `taken`.
 * @param taken ports assigned to other sites, listening or not
 * @throws BaiError `port-out-of-range`, `port-none-free`, `listen-failed`
 */
export async function choosePort(
  candidates: readonly number[],
  taken: ReadonlySet<number> = new Set(),
  host = LOOPBACK,
): Promise<number> {
  for (const port of candidates) {
    checkPort(port);
    if (!taken.has(port) && (await isPortFree(port, host))) return port;
  }
  throw new BaiError(
    'port-none-free',
    `none of ${candidates.length} local ports is free`,
    `name one yourself: --port with a number from ${advisedPorts.min} to ${advisedPorts.max}`,
  );
}

/** @throws BaiError `port-out-of-range` where `port` is not one that a person may ask for */
export function checkPort(port: number): void {
  const { min, max } = acceptedPorts;
  if (Number.isInteger(port) && port >= min && port <= max) return;
  throw new BaiError(
    'port-out-of-range',
    `local port ${port} is not between ${min} and ${max}`,
    `give a whole number, best from ${advisedPorts.min} to ${advisedPorts.max}`,
  );
}
