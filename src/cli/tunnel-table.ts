import { withLocalTimes } from '../local-time.js';
import { namesApart } from '../names-apart.js';
import type { RunningTunnel } from '../setup/running-tunnels.js';
import type { AgentStatus, TunnelStatus } from '../tunnel/agent/protocol.js';
import { warnOfMovedPort } from './moved-port.js';
import { table } from './table.js';
import type { Terminal } from './terminal.js';

/** Tells which tunnels have another port now than they had. */
export function tellMoves(terminal: Terminal, { tunnels }: AgentStatus): void {
  const names = namesApart(tunnels);
  for (const { id, session, port, movedFrom } of tunnels) {
    if (movedFrom !== null) warnOfMovedPort(terminal, names.get(id) ?? session, movedFrom, port);
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
  if (tunnel.state === 'elsewhere') {
    tellWindows(terminal, [tunnel]);
    return;
  }
  terminal.say(
    `the tunnel is held open in the background on 127.0.0.1:${tunnel.port}; to close it, type: bai-win down`,
  );
}

/** Tells which tunnels a window of bai-win has open, and how they are closed. */
export function tellWindows(terminal: Terminal, tunnels: readonly TunnelStatus[]): void {
  const names = namesApart(tunnels);
  for (const { id, session, state, heldBy } of tunnels) {
    if (state !== 'elsewhere') continue;
    terminal.say(
      `the tunnel of ${names.get(id) ?? session} is open in a window of bai-win, process ${heldBy ?? 0}; Ctrl-C there closes it`,
    );
  }
}

/** Tells that another process holds a tunnel that nothing needs any more. */
export function warnOfOpenTunnel(
  terminal: Terminal,
  session: string,
  { pid, port }: RunningTunnel,
): void {
  terminal.warn(
    `the tunnel of ${session} is still open: process ${pid} holds 127.0.0.1:${port}; Ctrl-C in its window closes it`,
  );
}

/** As the agent tells it; without one, what windows have open. */
type ShownTunnels = AgentStatus | { version: null; pid: null; tunnels: readonly TunnelStatus[] };

/**
 * Shows which tunnels are open: a table, then what is wrong and what to do about it.
 *
 * @param told `toldLater`: id of the site whose failure is the error that the command ends with; `opens`: see
 *   `opensTunnels`; `beside`: others that the command names, whose names are to be told apart as well
 */
export function showTunnels(
  terminal: Terminal,
  status: ShownTunnels | null,
  {
    toldLater,
    opens = 'bai-win up',
    beside = [],
  }: {
    readonly toldLater?: string | undefined;
    readonly opens?: string | null;
    readonly beside?: Parameters<typeof namesApart>[0];
  } = {},
): void {
  if (terminal.json) {
    terminal.printJson(status ?? { version: null, pid: null, tunnels: [] });
    return;
  }
  if (status === null || status.tunnels.length === 0) {
    const next = opens === null ? '' : `; type: ${opens}`;
    terminal.say(`no tunnel is open in the background${next}`);
    return;
  }
  const names = namesApart([...status.tunnels, ...beside]);
  terminal.print(
    table(
      ['SESSION', 'ADDRESS', 'STATE', 'CLIENTS'],
      status.tunnels.map(({ id, session, port, state, connections }) => [
        names.get(id) ?? session,
        `127.0.0.1:${port}`,
        state === 'elsewhere' ? 'open in a window' : state,
        state === 'elsewhere' ? '' : String(connections),
      ]),
    ),
  );
  tellWindows(terminal, status.tunnels);
  for (const { id, session, failure } of status.tunnels) {
    if (failure !== null && id !== toldLater) {
      terminal.warn(
        `${names.get(id) ?? session}: ${failure.message} (${failure.hint}), ${withLocalTimes(failure.at)}`,
      );
    }
  }
}
