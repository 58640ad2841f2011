import { parseArgs } from 'node:util';
import { proxySession } from '../setup/proxy-session.js';
import { openWorkspace } from '../setup/workspace.js';
import { Terminal } from './terminal.js';

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;

/** Those of every command, without --json: standard output belongs to SSH. */
const OPTIONS = {
  endpoint: text,
  'access-key': text,
  profile: text,
  proxy: text,
  ca: text,
  insecure: flag,
  verbose: flag,
} as const;

/**
 * `bai-win proxy`, for ProxyCommand and the like: SSH's bytes on standard input and output, words on
 * standard error.
 *
 * @param words after `proxy`
 * @returns exit code: 0 the connection ended cleanly, 1 it failed or broke off, 2 the command line was
 *   not understood
 */
export async function proxy(words: readonly string[]): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    return misunderstood(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  const [session, ...more] = positionals;
  if (session === undefined || more.length > 0) {
    return misunderstood(`proxy takes one session, not ${positionals.length}`);
  }
  const terminal = new Terminal({ json: false, verbose: values.verbose });
  try {
    const workspace = openWorkspace({
      log: (line) => {
        terminal.detail(line);
      },
      notice: (line) => {
        terminal.warn(line);
      },
      network: { proxy: values.proxy, caFile: values.ca, insecure: values.insecure },
    });
    const { endpoint, 'access-key': accessKey, profile } = values;
    const flags = { endpoint, accessKey, profile };
    const streams = { input: process.stdin, output: process.stdout };
    await proxySession(workspace, session, flags, streams);
    return 0;
  } catch (error) {
    terminal.fail(error);
    process.stdin.destroy();
    return 1;
  }
}

function misunderstood(found: string): number {
  const message = found.charAt(0).toLowerCase() + found.slice(1).replace(/\.$/u, '');
  new Terminal({ json: false, verbose: false }).fail(
    Object.assign(new Error(message), { code: 'usage', hint: 'see: bai-win proxy --help' }),
  );
  return 2;
}
