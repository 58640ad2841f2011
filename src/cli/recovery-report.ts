import type { Recovery } from '../changes/recover.js';
import type { Terminal } from './terminal.js';

/** Tells what became of an earlier run that was interrupted; nothing where there was none. */
export function reportRecovery(terminal: Terminal, recovery: Recovery | null): void {
  if (recovery === null) return;
  const done = recovery.outcome === 'finished' ? 'finished' : 'taken back';
  terminal.warn(`an earlier run was interrupted; it has been ${done}`);
  for (const subject of recovery.leftAlone) {
    terminal.warn(`left alone, because something else changed it since: ${subject}`);
  }
}
