import { withLocalTimes } from '../local-time.js';
import type { AgentStatus } from '../tunnel/agent/protocol.js';
import { table } from './table.js';
import type { Terminal } from './terminal.js';

/** Shows what the agent holds: a table, then what is wrong and what to do about it. */
export function showTunnels(terminal: Terminal, status: AgentStatus | null): void {
  if (terminal.json) {
    terminal.printJson(status ?? { version: null, pid: null, tunnels: [] });
    return;
  }
  if (status === null || status.tunnels.length === 0) {
    terminal.say('no tunnel is open in the background; type: bai-win up');
    return;
  }
  terminal.print(
    table(
      ['SESSION', 'ADDRESS', 'STATE', 'CLIENTS'],
      status.tunnels.map(({ session, port, state, connections }) => [
        session,
        `127.0.0.1:${port}`,
        state,
        String(connections),
      ]),
    ),
  );
  for (const { session, failure } of status.tunnels) {
    if (failure !== null) {
      terminal.warn(
        `${session}: ${failure.message} (${failure.hint}), ${withLocalTimes(failure.at)}`,
      );
    }
  }
}
