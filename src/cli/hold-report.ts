import type { HoldReporter } from '../setup/hold-tunnel.js';
import type { Terminal } from './terminal.js';

/** Tells a person what happens while a tunnel is open. */
export function holdReport(terminal: Terminal): HoldReporter {
  return {
    failed: ({ message, hint }) => {
      terminal.warn(`${message} (${hint})`);
    },
    refreshed: (stale) => {
      for (const { what, old, new: now } of stale) {
        terminal.step('refreshed', `${what}: was ${old}, is ${now}`);
      }
    },
  };
}
