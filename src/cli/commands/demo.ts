import type { CommandModule } from 'yargs';
import { BaiError, UsageError } from '../../errors.js';
import type { GlobalArguments } from '../arguments.js';
import { demoPort } from '../port-option.js';
import { Terminal } from '../terminal.js';

interface DemoArguments extends GlobalArguments {
  port: string | undefined;
  release: string | undefined;
  mode: 'api' | 'session';
  appproxy: boolean;
  'http-proxy': boolean;
}

export const demoCommand: CommandModule<GlobalArguments, DemoArguments> = {
  command: 'demo',
  describe: 'run a small Backend.AI on this computer to try everything without an account',
  builder: (parser) =>
    parser
      .option('port', {
        type: 'string',
        requiresArg: true,
        describe: 'port of the manager; default: a free one',
      })
      .option('release', { type: 'string', describe: 'manager release to answer as, e.g. 24.03' })
      .option('mode', {
        choices: ['api', 'session'] as const,
        default: 'api' as const,
        describe:
          'whether it is reached as a manager, by a key pair, or as a web console, by a login',
      })
      .option('appproxy', {
        type: 'boolean',
        default: false,
        describe: 'with an AppProxy, for bai-win setup demo --via appproxy',
      })
      .option('http-proxy', {
        type: 'boolean',
        default: false,
        describe: 'with an HTTP proxy that leads there, for --proxy',
      })
      .example('$0 demo --release 24.03 --mode session', 'an older web console, with its login')
      .example('$0 demo', 'prints the BACKEND_* lines to paste into another console'),
  handler: async (args) => {
    const port = demoPort(args.port) ?? 0;
    const terminal = new Terminal(args);
    const { releaseNames, startDemo } = await import('../../demo/index.js');
    const release = releaseNames.find((name) => name === args.release);
    if (args.release !== undefined && release === undefined) {
      throw new UsageError(
        'demo-release-unknown',
        `the demo cannot answer as release ${args.release}`,
        `--release takes: ${releaseNames.join(', ')}`,
      );
    }
    const demo = await startDemo({
      port,
      mode: args.mode,
      appProxy: args.appproxy,
      httpProxy: args['http-proxy'],
      ...(release === undefined ? {} : { release }),
    }).catch((error: unknown) => {
      throw portTaken(error, port) ?? error;
    });
    const { username, password } = demo.login;
    const login = args.mode === 'session' ? { username, password } : null;
    const proxy = demo.httpProxy?.endpoint ?? null;
    const names = Object.entries(demo.env);
    if (terminal.json) {
      const sessions = demo.sessions.map(({ name }) => name);
      terminal.printJson({ env: demo.env, login, proxy, sessions });
    } else {
      terminal.say('a small Backend.AI runs on this computer. In another console, paste:');
      for (const { shell, assign } of consoles(process.platform)) {
        terminal.say();
        if (shell !== null) terminal.say(`in ${shell}:`);
        for (const [name, value] of names) terminal.printLine(assign(name, value));
      }
      terminal.say();
      if (login !== null) {
        terminal.say(`then type: bai-win login ${demo.endpoint}`);
        terminal.say(`and sign in as ${login.username} with the password ${login.password}`);
      }
      const way = args.appproxy ? ' --via appproxy' : '';
      terminal.say(`then type: bai-win sessions, or: bai-win setup demo${way}`);
      if (proxy !== null) terminal.say(`through the HTTP proxy: bai-win sessions --proxy ${proxy}`);
      terminal.say(
        'setup writes to your own FileZilla and PuTTY, as for any session; afterwards: bai-win remove demo',
      );
      terminal.say('Ctrl-C ends it and throws its files away');
    }
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
        process.once(signal, () => {
          resolve();
        });
    });
    await demo.close();
  },
};

/** How each shell of a system sets a variable for the programs that it starts. */
export function consoles(
  platform: NodeJS.Platform,
): { shell: string | null; assign: (name: string, value: string) => string }[] {
  if (platform !== 'win32') {
    return [{ shell: null, assign: (name, value) => `export ${name}="${value}"` }];
  }
  return [
    { shell: 'PowerShell', assign: (name, value) => `$env:${name}="${value}"` },
    // cmd takes quotes, and a space before the end of the line, for a part of the value.
    { shell: 'the command prompt (cmd)', assign: (name, value) => `set ${name}=${value}` },
  ];
}

/** A port in use, or one that this account may not use, in words. */
function portTaken(error: unknown, port: number): BaiError | null {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return null;
  const why = code === 'EACCES' ? 'may not be used by this account' : 'is taken by another program';
  return new BaiError(
    'demo-port-taken',
    `port ${port} on 127.0.0.1 ${why}`,
    'name another one, or leave --port out for a free one: bai-win demo',
    { cause: error },
  );
}
