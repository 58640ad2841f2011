#!/usr/bin/env node
import { readFileSync } from 'node:fs';

// `--version` is answered before anything else is loaded: it is what scripts and installers ask.
if (process.argv.length === 3 && ['--version', '-V'].includes(process.argv[2] ?? '')) {
  const packageJson = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(packageJson) as { version: string };
  process.stdout.write(`${version}\n`);
} else if (
  process.argv[2] === 'proxy' &&
  !process.argv.some((word) => /^(?:-h|--help)$/.test(word))
) {
  // SSH clients wait for it at each connection, so it does without the parser of the other commands.
  const { proxy } = await import('../src/cli/proxy.js');
  process.exitCode = await proxy(process.argv.slice(3));
} else {
  const { main } = await import('../src/cli/main.js');
  process.exitCode = await main(process.argv.slice(2));
}
