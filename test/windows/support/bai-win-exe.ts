import { builtProgram } from '../../clients/support/bai-win.js';
import { watchOutput } from '../../cli/support/secret-watch.js';
import { waitUntil } from '../../clients/support/wait-until.js';
import type { ProgramResult } from '../../clients/support/run-program.js';
import type { WindowsProgram, Wine } from './wine.js';

/** The same build that Linux users run, for node.exe; its arguments follow. */
function command(wine: Wine, args: readonly string[]): string[] {
  return [wine.windowsPath(builtProgram()), ...args];
}

/** Runs `bai-win ARGS` on Windows to its end. */
export async function baiWinExe(
  wine: Wine,
  env: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<ProgramResult> {
  const result = await wine.runNode(command(wine, args), { env, timeoutMs: 90_000 });
  watchOutput({ args, env }, result.stdout + result.stderr);
  return result;
}

/** Starts `bai-win tunnel SESSION` on Windows and waits until it is open. */
export async function openTunnelExe(
  wine: Wine,
  env: Readonly<Record<string, string>>,
  session: string,
): Promise<WindowsProgram> {
  const tunnel = await wine.startNode(command(wine, ['tunnel', session]), { env });
  await waitUntil(
    'the tunnel is open',
    60_000,
    () => (tunnel.errors().includes('is open on') ? true : undefined),
    () => tunnel.output() + tunnel.errors(),
  );
  return tunnel;
}
