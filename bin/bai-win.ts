#!/usr/bin/env node
import { readFileSync } from 'node:fs';

const words = process.argv.slice(2);
const [first, second] = words;
const isHelp = (word: string | undefined): boolean => word === '--help' || word === '-h';

// What needs no parser does without: it takes several times as long to load as all of this to run.
if (words.length === 1 && (first === '--version' || first === '-V')) {
  const { version } = JSON.parse(read('../../package.json') ?? '{}') as { version: string };
  process.stdout.write(`${version}\n`);
} else if (words.length === 1 && isHelp(first) && printHelp('bai-win')) {
  // Printed.
} else if (words.length === 2 && isHelp(second) && printHelp(first ?? '')) {
  // Printed.
} else if (first === 'proxy' && !words.some(isHelp)) {
  // SSH clients wait for it at each connection.
  const { proxy } = await import('../src/cli/proxy.js');
  process.exitCode = await proxy(words.slice(1));
} else {
  const { main } = await import('../src/cli/main.js');
  process.exitCode = await main(words);
}

/** Prints the help that the build kept for a command (`src/cli/write-help.ts`), if there is any. */
function printHelp(command: string): boolean {
  const text = /^[a-z-]+$/.test(command) ? read(`../help/${command}.txt`) : null;
  if (text !== null) process.stdout.write(text);
  return text !== null;
}

/** A file of this package, `null` where it cannot be read. */
function read(path: string): string | null {
  try {
    return readFileSync(new URL(path, import.meta.url), 'utf8');
  } catch {
    return null;
  }
}
