import type { CommandModule } from 'yargs';
import { refuseJson, SESSION, type GlobalArguments } from '../arguments.js';
import { connectionFlags, start } from '../start.js';

interface ProxyArguments extends GlobalArguments {
  session: string;
}

/**
 * For its help, and for options that come before its name: `bin/bai-win.cts` answers `bai-win proxy …`
 * without loading this parser.
 */
export const proxyCommand: CommandModule<GlobalArguments, ProxyArguments> = {
  command: 'proxy <session>',
  describe: "carry one SSH connection on standard input and output, for ssh's ProxyCommand",
  builder: (parser) =>
    parser
      .hide('json')
      .positional('session', SESSION)
      .example('ssh demo.bai', 'after setup: no port, no tunnel to keep open')
      .epilogue(
        // Too long for the column of examples, and to be copied in one piece.
        'Without setup, where you have the key of the session in a file:\n' +
          '  ssh -i id_container -o ProxyCommand="$0 proxy demo" work@demo\n\n' +
          'exit codes: 0 clean end, 1 failed or broke off, 2 command line not understood',
      ),
  handler: async (args) => {
    refuseJson(args, 'the bytes of the connection');
    const { workspace } = start(args);
    const { proxySession } = await import('../../setup/proxy-session.js');
    const streams = { input: process.stdin, output: process.stdout };
    await proxySession(workspace, args.session, connectionFlags(args), streams);
  },
};
