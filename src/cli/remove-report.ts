import { describeChange } from '../changes/describe.js';
import type { RemoveResult } from '../setup/remove-sites.js';
import { notesWritten, showPlan, whatIsWritten } from './changes-report.js';
import { sayDryRun } from './dry-run.js';
import type { Terminal } from './terminal.js';
import { warnOfOpenTunnel } from './tunnel-table.js';

/** Tells a person, and with --json a program, what was taken out. */
export function reportRemoval(terminal: Terminal, result: RemoveResult, dryRun: boolean): void {
  if (terminal.json) printJson(terminal, result, dryRun);
  const { sites, changes, openTunnels } = result;
  for (const { record } of sites) {
    terminal.step('session', `${record.sessionName}, ${record.endpoint}, ${record.accessKey}`);
  }
  if (sites.length === 0) {
    terminal.say('nothing to remove');
    return;
  }
  for (const [index, line] of whatIsWritten(changes).entries()) {
    terminal.step(index === 0 ? (dryRun ? 'to remove' : 'removed') : '', line);
  }
  if (dryRun) {
    for (const line of notesWritten(changes)) terminal.step('to write', line);
    showPlan(terminal, changes);
    sayDryRun(terminal);
    return;
  }
  for (const { id, record } of sites) {
    const tunnel = openTunnels.get(id);
    if (tunnel !== undefined) warnOfOpenTunnel(terminal, record.sessionName, tunnel);
  }
  terminal.say('to have it back as it was, type: bai-win undo');
}

function printJson(terminal: Terminal, { sites, changes }: RemoveResult, dryRun: boolean): void {
  terminal.printJson({
    sites: sites.map(({ id, record: { sessionName, endpoint, accessKey } }) => ({
      id,
      sessionName,
      endpoint,
      accessKey,
    })),
    dryRun,
    changed: changes.length > 0,
    changes: changes.map(describeChange),
  });
}
