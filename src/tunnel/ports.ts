import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { BaiError } from '../errors.js';
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

/** Errors of `listen` that mean "not this port": taken, or reserved by Windows (Hyper-V, WSL). */
const PORT_ERRORS: ReadonlySet<string> = new Set(['EADDRINUSE', 'EACCES']);

/** Whether a `listen` error says that this port cannot be had, as opposed to a deeper trouble. */
export function isPortError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && PORT_ERRORS.has(String(error.code));
}

/**
 * Whether a port can be bound on 127.0.0.1 now, found out by binding it.
 * @throws the system's error where the trouble is not this port
 */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host: '127.0.0.1', exclusive: true }, resolve);
    });
  } catch (error) {
    if (isPortError(error)) return false;
    throw error;
  }
  await new Promise((resolve) => server.close(resolve));
  return true;
}

/**
 * The first candidate that is free and not in `taken`.
 * @param taken ports assigned to other sites, listening or not
 * @throws BaiError `port-out-of-range`, `port-none-free`
 */
export async function choosePort(
  candidates: readonly number[],
  taken: ReadonlySet<number> = new Set(),
): Promise<number> {
  for (const port of candidates) {
    checkPort(port);
    if (!taken.has(port) && (await isPortFree(port))) return port;
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
