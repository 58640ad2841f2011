import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
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

/** How often, and in milliseconds how far apart, the most wanted port is tried. */
const TRIES = 4;
const BETWEEN_TRIES = 100;

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
 * Binds a port and lets it go again.
 *
 * @param host the address
 * @throws BaiError `port-taken`, or `listen-failed` where the trouble is not this port
 */
export async function tryPort(port: number, host = LOOPBACK): Promise<void> {
  const server = createServer();
  await listen(server, port, host);
  await new Promise((resolve) => server.close(resolve));
  // Windows lets all addresses be bound beside a program that has this one, which clients would reach.
  if (ALL_ADDRESSES.has(host)) await tryPort(port);
}

/**
 * Whether a port of 127.0.0.1 can be bound now.
 *
 * @throws BaiError `listen-failed` where the trouble is not this port
 */
export async function isPortFree(port: number): Promise<boolean> {
  try {
    await tryPort(port);
    return true;
  } catch (error) {
    if (!isTaken(error)) throw error;
    return false;
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof BaiError && error.code === 'port-taken';
}

/**
 * Takes the first candidate that can be had and is not in `taken`. The first of all, which clients may
 * know, is not given up for somebody who has it for an instant, as `tryPort` has.
 *
 * @param taken ports assigned to other sites, listening or not
 * @param take throws BaiError `port-taken` where a port cannot be had
 * @returns what `take` did
 * @throws BaiError `port-out-of-range`, `port-none-free`, and what else `take` throws
 */
export async function takePort<T>(
  candidates: readonly number[],
  taken: ReadonlySet<number>,
  take: (port: number) => Promise<T>,
): Promise<T> {
  for (const [index, port] of candidates.entries()) {
    checkPort(port);
    if (taken.has(port)) continue;
    for (let tries = index === 0 ? TRIES : 1; tries > 0; tries--) {
      try {
        return await take(port);
      } catch (error) {
        if (!isTaken(error)) throw error;
      }
      if (tries > 1) await sleep(BETWEEN_TRIES);
    }
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
