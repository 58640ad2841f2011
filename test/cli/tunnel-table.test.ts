import { expect, it } from 'vitest';
import { showTunnels } from '../../src/cli/tunnel-table.js';
import type { Terminal } from '../../src/cli/terminal.js';
import type { TunnelStatus } from '../../src/tunnel/agent/protocol.js';

const tunnel = (id: string, session: string, port: number): TunnelStatus => ({
  id,
  session,
  port,
  state: 'open',
  heldBy: null,
  connections: 0,
  movedFrom: null,
  failure: null,
});

it('tells sessions of one name apart by their ids', () => {
  let printed = '';
  const terminal = { json: false, print: (text: string) => (printed += text) };
  const tunnels = [
    tunnel('demo-11111111', 'demo', 20_001),
    tunnel('demo-22222222', 'demo', 20_002),
    tunnel('train-33333333', 'train', 20_003),
  ];
  showTunnels(terminal as unknown as Terminal, { version: '1.2.3', pid: 1, tunnels });
  expect(printed.split('\n').map((line) => line.replace(/ {2,}/gu, ' | '))).toEqual([
    'SESSION | ADDRESS | STATE | CLIENTS',
    'demo (demo-11111111) | 127.0.0.1:20001 | open | 0',
    'demo (demo-22222222) | 127.0.0.1:20002 | open | 0',
    'train | 127.0.0.1:20003 | open | 0',
    '',
  ]);
});
