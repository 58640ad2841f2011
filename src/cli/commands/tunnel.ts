import { isIP } from 'node:net';
import type { CommandModule } from 'yargs';
import { UsageError } from '../../errors.js';
import { SESSION, type GlobalArguments } from '../arguments.js';
import { holdReport } from '../hold-report.js';
import { sitePort } from '../port-option.js';
import { start } from '../start.js';

interface TunnelArguments extends GlobalArguments {
  session: string;
  port: string | undefined;
  bind: string | undefined;
}

export const tunnelCommand: CommandModule<GlobalArguments, TunnelArguments> = {
  command: 'tunnel <session>',
  describe: 'keep the tunnel to a session open until Ctrl-C',
  builder: (parser) =>
    parser
      .positional('session', SESSION)
      .option('port', {
        type: 'string',
        requiresArg: true,
        describe: 'local port to prefer, for a session that is not set up (10000-65000 advised)',
      })
      .option('bind', {
        type: 'string',
        requiresArg: true,
        describe: 'address to listen on in place of 127.0.0.1; other computers can then connect',
      })
      .example('$0 tunnel demo', 'FileZilla and PuTTY reach session demo while this runs'),
  handler: async (args) => {
    const port = sitePort(args.port);
    const bind = checkAddress(args.bind);
    const { terminal, workspace, signIn } = start(args);
    const { holdTunnel, openForHolding } = await import('../../setup/hold-tunnel.js');
    const host = bind ?? '127.0.0.1';
    if (!isLoopback(host)) {
      terminal.warn(
        `the tunnel listens on ${host}: whoever can reach this computer can try to log in to the session; 127.0.0.1, the default, is this computer alone`,
      );
    }
    const opened = await openForHolding(
      workspace,
      signIn,
      args.session,
      { preferred: port, bind },
      holdReport(terminal, workspace.options),
    );
    const { session, tunnel, record } = opened;
    if (tunnel.takenPort !== undefined) {
      terminal.warn(
        `port ${tunnel.takenPort} is taken by another program or session, so the tunnel has port ${tunnel.port}`,
      );
    }
    await holdTunnel(workspace, opened, () => {
      if (terminal.json) terminal.printJson({ session: session.id, host, port: tunnel.port });
      terminal.say(
        `tunnel to ${session.name} is open on ${isIP(host) === 6 ? `[${host}]` : host}:${tunnel.port}; Ctrl-C closes it`,
      );
      if (record === undefined) {
        terminal.say(
          `no client is set up for it yet; type: bai-win setup ${session.name}${workspace.options}`,
        );
      }
    });
    terminal.say('tunnel closed');
  },
};

/** @throws UsageError `bind-invalid` */
function checkAddress(address: string | undefined): string | undefined {
  if (address === undefined || isIP(address) !== 0) return address;
  throw new UsageError(
    'bind-invalid',
    `--bind takes an address of this computer as numbers, not ${JSON.stringify(address)}`,
    'for example --bind 192.168.0.10, or 0.0.0.0 for all addresses; leave it out for this computer alone',
  );
}

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');
