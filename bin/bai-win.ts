#!/usr/bin/env node
import { readFileSync } from 'node:fs';

// `--version` is answered before anything else is loaded: it is what scripts and installers ask.
if (process.argv.length === 3 && ['--version', '-V'].includes(process.argv[2] ?? '')) {
  const packageJson = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(packageJson) as { version: string };
  process.stdout.write(`${version}\n`);
} else {
  const { main } = await import('../src/cli/main.js');
  process.exitCode = await main(process.argv.slice(2));
}
