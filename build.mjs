/**
 * Makes dist/: the compiled modules, two commands bundled, and the texts of --help.
 *
 *   node build.mjs               always
 *   node build.mjs --if-needed   only where something is newer than what was made last: npm asks for it
 *                                on each `npm ci`, `npm install -g .` and first `npx bai-win`
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';

const here = import.meta.dirname;
const made = join(here, 'dist/help/_.txt'); // what is written last
const program = join(here, 'dist/bin/bai-win.cjs');

function newest(path) {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(...readdirSync(path).map((name) => newest(join(path, name))));
}

function isMade() {
  if (!existsSync(made) || !existsSync(program)) return false;
  const sources = [
    'bin',
    'src',
    'build.mjs',
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
  ];
  return newest(made) > Math.max(...sources.map((name) => newest(join(here, name))));
}

/** TypeScript, as `tsc` does it. */
function compile() {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: here,
    stdio: 'inherit',
  });
  // npm makes it executable where it installs, but only links to it from a checkout.
  chmodSync(program, 0o755);
}

/**
 * Puts the modules of `bai-win proxy` and `bai-win agent` together into a few CommonJS files. SSH clients
 * wait for the first to start at each connection, and Node takes longer to find and link seventy small
 * modules than all of them take to run; the second stays, and is smaller without the loader of modules:
 * docs/performance.md, "Start-up". Packages stay where they are.
 */
async function bundle() {
  const { build } = await import('rolldown');
  await build({
    cwd: here,
    input: ['dist/src/cli/proxy.js', 'dist/src/cli/agent.js'],
    platform: 'node',
    external: /^[a-z@](?!:)/,
    logLevel: 'warn',
    output: {
      dir: 'dist/bin/plain',
      cleanDir: true,
      format: 'cjs',
      entryFileNames: '[name].cjs',
      chunkFileNames: '[name]-[hash].cjs',
    },
  });
}

if (!(process.argv.includes('--if-needed') && isMade())) {
  compile();
  await bundle();
  await import('./dist/src/cli/write-help.js');
}
