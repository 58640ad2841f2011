import type { Machine } from './exporter.js';

/**
 * Arguments as one command line for CreateProcess, as CommandLineToArgvW and the C runtime of
 * Windows take it apart: backslashes count only before a quote.
 */
export function windowsCommandLine(argv: readonly string[]): string {
  return argv
    .map((argument) => {
      if (argument !== '' && !/[\s"]/.test(argument)) return argument;
      return `"${argument.replace(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, '$&$&')}"`;
    })
    .join(' ');
}

/** Arguments as one line for a POSIX shell. */
export function shellCommandLine(argv: readonly string[]): string {
  return argv
    .map((argument) =>
      /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`,
    )
    .join(' ');
}

/** Arguments as one line for whatever starts programs on a machine. */
export function commandLine(argv: readonly string[], machine: Machine): string {
  return machine.platform === 'win32' ? windowsCommandLine(argv) : shellCommandLine(argv);
}

/**
 * A command line for the local proxy of PuTTY and WinSCP (ProxyTelnetCommand), which replaces `%host`
 * and the like and takes a backslash for an escape: both are doubled.
 */
export function localProxyCommand(argv: readonly string[], machine: Machine): string {
  return commandLine(argv, machine).replace(/[\\%]/g, '$&$&');
}
