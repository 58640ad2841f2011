import { proxySession } from '../setup/proxy-session.js';
import { runPlain } from './plain-words.js';

/**
 * `bai-win proxy`, for ProxyCommand and the like: SSH's bytes on standard input and output, words on
 * standard error.
 *
 * @param words after `proxy`
 * @returns exit code: 0 the connection ended cleanly, 1 it failed or broke off, 2 the command line was
 *   not understood
 */
export async function proxy(words: readonly string[]): Promise<number> {
  const code = await runPlain(
    'proxy',
    words,
    { count: 1, called: 'one session' },
    async ({ workspace, flags, positionals: [session = ''] }) => {
      const streams = { input: process.stdin, output: process.stdout };
      await proxySession(workspace, session, flags, streams);
    },
  );
  if (code !== 0) process.stdin.destroy();
  return code;
}
