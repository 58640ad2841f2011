import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../../clients/support/run-program.js';
import { cacheFolder } from './cache-folder.js';

/**
 * The environment that Wine needs. No display: nothing here has windows. Mono and Gecko are switched
 * off because Wine would stop to offer their installation.
 */
export function wineEnvironment(prefix: string): Record<string, string> {
  return {
    PATH: '/usr/bin:/bin',
    HOME: prefix,
    LANG: 'C.UTF-8',
    WINEPREFIX: prefix,
    WINEDEBUG: '-all',
    WINEDLLOVERRIDES: 'mscoree,mshtml=;winemenubuilder.exe=d',
  };
}

/** Making a prefix takes seconds, on a loaded machine a minute. */
const TIMEOUT_MS = 240_000;

/** Files that Wine rewrites in place; a hard link would carry that into the template. */
const OWN_COPIES = ['system.reg', 'user.reg', 'userdef.reg', 'drive_c/users'];

/**
 * Makes a prefix (C: drive and registry of a Windows 10) of its own in `folder` and returns its path.
 * It is a copy of one that is made once; the 700 MB of C:\windows are hard links.
 */
export async function makeWinePrefix(folder: string): Promise<string> {
  const template = await templatePrefix();
  const prefix = join(folder, 'wine');
  const env = { PATH: '/usr/bin:/bin' };
  // `folder` may be on another file system than the template.
  const linked = await runProgram('cp', ['-al', template, prefix], { env });
  if (linked.code !== 0) {
    await rm(prefix, { recursive: true, force: true });
    await mustSucceed('cp', ['-a', template, prefix], env);
  }
  for (const name of OWN_COPIES) {
    await rm(join(prefix, name), { recursive: true });
    await mustSucceed('cp', ['-a', join(template, name), join(prefix, name)], env);
  }
  return prefix;
}

async function templatePrefix(): Promise<string> {
  const template = join(cacheFolder(), 'prefix-win10');
  if (existsSync(template)) return template;
  const incoming = await mkdtemp(`${template}-`);
  try {
    const env = wineEnvironment(incoming);
    await mustSucceed('wine', ['wineboot', '--init'], env);
    await mustSucceed('wine', ['winecfg', '-v', 'win10'], env);
    // Waits until the registry is on disk.
    await mustSucceed('wineserver', ['-w'], env);
    await rename(incoming, template);
  } catch (error) {
    await rm(incoming, { recursive: true, force: true });
    if (!existsSync(template)) throw error;
  }
  return template;
}

async function mustSucceed(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const { code, stderr } = await runProgram(program, args, { env, timeoutMs: TIMEOUT_MS });
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr}`);
}
