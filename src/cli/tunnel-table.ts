import { withLocalTimes } from '../local-time.js';
import type { RunningTunnel } from '../setup/running-tunnels.js';
import type { AgentStatus } from '../tunnel/agent/protocol.js';
import { warnOfMovedPort } from './moved-port.js';
import { table } from './table.js';
import type { Terminal } from './terminal.js';

/** Tells which tunnels have another port now than they had. */
export function tellMoves(terminal: Terminal, { tunnels }: AgentStatus): void {
  for (const { session, port, movedFrom } of tunnels) {
    if (movedFrom !== null) warnOfMovedPort(terminal, session, movedFrom, port);
  }
}

/** Says on which port a tunnel is held in the background, or why it is not. */
export function tellHeld(terminal: Terminal, status: AgentStatus, id: string): void {
  tellMoves(terminal, status);
  const tunnel = status.tunnels.find((held) => held.id === id);
  if (tunnel === undefined || tunnel.state === 'closed') {
    const { message, hint } = tunnel?.failure ?? {
      message: 'it was closed meanwhile',
      hint: 'type: bai-win up',
    };
    terminal.warn(`the tunnel is not held open in the background: ${message} (${hint})`);
    return;
  }
  terminal.say(
    `the tunnel is held open in the background on 127.0.0.1:${tunnel.port}; to close it, type: bai-win down`,
  );
}

/** Tells that another process holds a tunnel that nothing needs any more. */
export function warnOfOpenTunnel(
  terminal: Terminal,
  session: string,
  { pid, port }: RunningTunnel,
): void {
  terminal.warn(`the tunnel of ${session} is still open: process ${pid} holds 127.0.0.1:${port}`);
}

/**
 * Shows what the agent holds: a table, then what is wrong and what to do about it.
 *
 * @param toldLater id of the site whose failure is the error that the command ends with
 */
export function showTunnels(
  terminal: Terminal,
  status: AgentStatus | null,
  toldLater?: string,
): void {
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
  for (const { id, session, failure } of status.tunnels) {
    if (failure !== null && id !== toldLater) {
      terminal.warn(
        `${session}: ${failure.message} (${failure.hint}), ${withLocalTimes(failure.at)}`,
      );
    }
  }
}
