import type { HoldReporter } from '../setup/hold-tunnel.js';
import type { Terminal } from './terminal.js';

/**
 * Tells a person what happens while a tunnel is open.
 *
 * @param options those that mean the owner of its session
 */
export function holdReport(terminal: Terminal, options: string): HoldReporter {
  return {
    failed: (failure) => {
      const { message, hint } = failure.forOwner(options);
      terminal.warn(`${message} (${hint})`);
    },
    refreshed: (stale) => {
      for (const { what, old, new: now } of stale) {
        terminal.step('refreshed', `${what}: was ${old}, is ${now}`);
      }
    },
  };
}
