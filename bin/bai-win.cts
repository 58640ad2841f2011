#!/usr/bin/env node
import type { agent as Agent } from '../src/cli/agent.js' with { 'resolution-mode': 'import' };
import type { proxy as Proxy } from '../src/cli/proxy.js' with { 'resolution-mode': 'import' };

// CommonJS that imports nothing: Node then starts as fast as it can, and loads its loader of modules
// only for what needs one.
const { readFileSync } = process.getBuiltinModule('node:fs');
const load = process.getBuiltinModule('node:module').createRequire(__filename);
const [typed, ...rest] = process.argv.slice(2);
// As other programs have it: `help setup` is `setup --help`.
const words = typed === 'help' ? [...rest, '--help'] : process.argv.slice(2);

void run();

async function run(): Promise<void> {
  const [first, second] = words;
  const isPlain = (first === 'proxy' || first === 'agent') && !words.some(isHelp);
  // What carries SSH's bytes sees to its output itself.
  if (!isPlain) process.stdout.on('error', endWithoutOutput);
  if (words.length === 1 && (first === '--version' || first === '-V')) {
    const { version } = JSON.parse(read('../../package.json') ?? '{}') as { version: string };
    process.stdout.write(`${version}\n`);
    return;
  }
  if (words.length === 1 && isHelp(first) && printHelp('_')) return;
  if (words.length === 2 && isHelp(second) && printHelp(first ?? '')) return;
  // What is done does not hang on anybody who listens to words about it.
  process.stderr.on('error', () => undefined);
  if (isPlain && first === 'proxy') {
    // SSH clients wait for it at each connection: see build.mjs.
    const { proxy } = load('./plain/proxy.cjs') as { proxy: typeof Proxy };
    process.exitCode = await proxy(words.slice(1));
  } else if (isPlain) {
    const { agent } = load('./plain/agent.cjs') as { agent: typeof Agent };
    process.exitCode = await agent(words.slice(1));
  } else {
    const { main } = await import('../src/cli/main.js');
    process.exitCode = await main(words);
  }
}

/** A reader that has seen enough, as `head` does, ends this quietly; a disk that is full does not. */
function endWithoutOutput({ code, message }: NodeJS.ErrnoException): void {
  if (code === 'EPIPE') process.exit();
  process.stderr.write(
    `bai-win: error: standard output cannot be written to: ${message}\n` +
      'bai-win: hint: see whether the disk is full, or send it to another file\n',
  );
  process.exit(1);
}

function isHelp(word: string | undefined): boolean {
  return word === '--help' || word === '-h';
}

/**
 * Prints the help that the build kept for a command, or `_` for all (`src/cli/write-help.ts`): the
 * parser takes several times as long to load as all of this to run.
 */
function printHelp(command: string): boolean {
  // It is as wide as a help may be (src/cli/main.ts): for a narrow window the parser has to wrap it.
  const { isTTY, columns } = process.stdout;
  if (isTTY && columns > 0 && columns < 100) return false;
  const text = /^(?:_|[a-z-]+)$/.test(command) ? read(`../help/${command}.txt`) : null;
  if (text !== null) process.stdout.write(text);
  return text !== null;
}

/** A file of this package, seen from this one's folder; `null` where it cannot be read. */
function read(path: string): string | null {
  try {
    return readFileSync(`${__dirname}/${path}`, 'utf8');
  } catch {
    return null;
  }
}
