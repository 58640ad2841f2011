import { resolve } from 'node:path';
import { ownerOptions } from '../setup/owner-options.js';
import type { ConnectionFlags, Manager } from '../setup/sign-in.js';
import { openWorkspace, type Workspace } from '../setup/workspace.js';
import type { GlobalArguments } from './arguments.js';
import { Terminal } from './terminal.js';

/** What every command begins with. */
export interface Start {
  readonly terminal: Terminal;
  readonly workspace: Workspace;
  /**
   * Finds the credentials as they are at each call, and gives the same client as long as they are the
   * same ones; loads the network code with the first call.
   */
  readonly signIn: () => Promise<Manager>;
}

/** What the command line said about the connection. */
export function connectionFlags(args: GlobalArguments): ConnectionFlags {
  return { endpoint: args.endpoint, accessKey: args['access-key'], profile: args.profile };
}

/**
 * The same, with how the network is to be used, as words for a bai-win that this one starts. A proxy is
 * handed on by the environment: it may hold a password, and all users can see arguments.
 */
export function connectionOptions(args: GlobalArguments): string[] {
  const words: string[] = [];
  for (const name of ['endpoint', 'access-key', 'profile', 'ca'] as const) {
    const value = args[name];
    if (value !== undefined) words.push(`--${name}=${name === 'ca' ? resolve(value) : value}`);
  }
  return args.insecure ? [...words, '--insecure'] : words;
}

export function start(args: GlobalArguments): Start {
  const terminal = new Terminal(args);
  const began = performance.now();
  const workspace = openWorkspace({
    log: (line) => {
      terminal.detail(`${(performance.now() - began).toFixed(0).padStart(5)} ms  ${line}`);
    },
    notice: (line) => {
      terminal.warn(line);
    },
    network: { proxy: args.proxy, caFile: args.ca, insecure: args.insecure },
    options: ownerOptions(connectionFlags(args)),
  });
  let current: (() => Promise<Manager>) | undefined;
  return {
    terminal,
    workspace,
    signIn: async () => {
      const { currentSignIn } = await import('../setup/current-sign-in.js');
      current ??= currentSignIn(workspace, connectionFlags(args));
      return current();
    },
  };
}
