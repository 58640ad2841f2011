import { UsageError } from '../errors.js';
import { acceptedPorts, advisedPorts, MAX_PORT } from '../tunnel/port-bounds.js';

/**
 * What `--port` of a session says. The options are texts, so that what was typed can be quoted;
 * commands look at them before they do anything else.
 *
 * @throws UsageError `port-out-of-range`
 */
export function sitePort(typed: string | undefined): number | undefined {
  return readPort(
    typed,
    acceptedPorts.min,
    `give a whole number, best from ${advisedPorts.min} to ${advisedPorts.max}`,
  );
}

/**
 * What `--port` of the demo says; 0 takes a free one.
 *
 * @throws UsageError `port-out-of-range`
 */
export function demoPort(typed: string | undefined): number | undefined {
  return readPort(typed, 0, 'give a whole number, or leave --port out for a free one');
}

function readPort(typed: string | undefined, min: number, hint: string): number | undefined {
  if (typed === undefined) return undefined;
  const port = /^\d{1,5}$/.test(typed) ? Number(typed) : -1;
  if (port >= min && port <= MAX_PORT) return port;
  throw new UsageError(
    'port-out-of-range',
    `--port takes a number from ${min} to ${MAX_PORT}, not "${typed}"`,
    hint,
  );
}
