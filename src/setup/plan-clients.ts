import type { Change } from '../changes/change.js';
import { BaiError } from '../errors.js';
import type { Exporter } from '../exporters/exporter.js';
import { UnwritableClient } from '../exporters/unwritable-client.js';

interface ClientsPlan {
  readonly changes: readonly Change[];
  /** The clients that the changes are for. */
  readonly exporters: readonly Exporter[];
  readonly leftOut: readonly LeftOut[];
}

/** A client that was found, and that nothing can be written for. */
export interface LeftOut {
  readonly title: string;
  readonly reason: UnwritableClient;
}

/**
 * The plan for several clients without those that were only found here and cannot be written for. Settings
 * that cannot be understood stop it: the person may want that client most.
 *
 * @param optional ids of the clients that were only found: nobody named them, nothing was written for them
 * @param plan makes the changes for some of the clients
 * @throws BaiError as `plan`; with how to go without the client, where it was only found
 */
export function planClients(
  exporters: readonly Exporter[],
  optional: readonly string[],
  plan: (exporters: readonly Exporter[]) => readonly Change[],
): ClientsPlan {
  const leftOut: LeftOut[] = [];
  let left = exporters;
  for (;;) {
    try {
      return { changes: plan(left), exporters: left, leftOut };
    } catch (error) {
      const reason = error instanceof UnwritableClient ? error : null;
      const one = left.find(({ id }) => id === reason?.client && optional.includes(id));
      if (reason === null || one === undefined || left.length === 1) {
        throw withWayOut(error, left, optional, plan);
      }
      leftOut.push({ title: one.title, reason });
      left = left.filter((exporter) => exporter !== one);
    }
  }
}

/** An error with the `--for` that goes without the clients which cause it, where that would do. */
function withWayOut(
  error: unknown,
  exporters: readonly Exporter[],
  optional: readonly string[],
  plan: (exporters: readonly Exporter[]) => readonly Change[],
): unknown {
  if (!(error instanceof BaiError)) return error;
  const sound = exporters.filter((exporter) => isPossible(() => plan([exporter])));
  const faulty = exporters.filter((exporter) => !sound.includes(exporter));
  if (sound.length === 0 || faulty.some(({ id }) => !optional.includes(id))) return error;
  const { code, message, hint, details } = error;
  const ids = sound.map(({ id }) => id).join(',');
  return new BaiError(code, message, `${hint}; or go without it: --for ${ids}`, {
    cause: error,
    details,
  });
}

function isPossible(plan: () => unknown): boolean {
  try {
    plan();
    return true;
  } catch {
    return false;
  }
}
