import type { ClientHome } from './client-home.js';
import { runProgram, type ProgramResult, type RunOptions } from './run-program.js';
import { withFullSignature } from './short-signature.js';

const TIMEOUT_MS = 60_000;

function runPutty(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<ProgramResult> {
  return withFullSignature(
    () => runProgram(program, ['-batch', ...args], { ...options, timeoutMs: TIMEOUT_MS }),
    ({ stdout, stderr }) => stdout + stderr,
  );
}

/** `plink -batch ARGS`: any question makes it fail. */
export function plink(home: ClientHome, args: readonly string[]): Promise<ProgramResult> {
  return runPutty('plink', args, { env: home.env });
}

/** `psftp -batch ARGS` with `commands` on standard input; the first that fails ends it. */
export function psftp(
  home: ClientHome,
  args: readonly string[],
  commands: readonly string[],
): Promise<ProgramResult> {
  return runPutty('psftp', args, {
    env: home.env,
    input: commands.map((command) => `${command}\n`).join(''),
  });
}

/** What OpenSSH has to be told: it looks for its files in the passwd entry's home, not in `$HOME`. */
interface OpenSshLogin {
  readonly port: number;
  readonly user: string;
  readonly keyFile: string;
  readonly knownHostsFile: string;
}

/** OpenSSH's `sftp` in batch mode with `commands`: any question makes it fail. */
export function sftp(
  home: ClientHome,
  login: OpenSshLogin,
  commands: readonly string[],
): Promise<ProgramResult> {
  const options = [
    'IdentitiesOnly=yes',
    'StrictHostKeyChecking=yes',
    'GlobalKnownHostsFile=/dev/null',
    `UserKnownHostsFile=${login.knownHostsFile}`,
  ].flatMap((option) => ['-o', option]);
  const args = ['-F', 'none', ...options, '-i', login.keyFile, '-P', String(login.port)];
  return runProgram('sftp', [...args, '-b', '-', `${login.user}@127.0.0.1`], {
    env: home.env,
    input: commands.map((command) => `${command}\n`).join(''),
    timeoutMs: TIMEOUT_MS,
  });
}
