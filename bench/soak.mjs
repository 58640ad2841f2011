/**
 * npm run soak [-- --minutes 30]
 *
 * A real agent before the demo's manager, under mixed load. After each round all is quiet, and the
 * agent's memory, garbage not counted, and descriptors are noted. Ends with exit code 1 where they grow
 * over the second half, or where a transfer was not what it should have been. Linux.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { startDemo } from '../dist/src/demo/index.js';
import { startBackend } from './soak/backend.mjs';
import { round, totals } from './soak/load.mjs';
import { median } from './tunnel/rows.mjs';

const MiB = 1024 * 1024;
const PROGRAM = join(import.meta.dirname, '..', 'dist', 'bin', 'bai-win.cjs');
/** Garbage collection and a note take a fraction of a second. */
const NOTE_LIMIT_MS = 30_000;
/** What may come and go between two moments of quiet: compiled code, tables that fill up. */
const MAX_GROWTH = { heap: MiB, buffers: 8 * MiB, resident: 16 * MiB, descriptors: 2 };

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' } } });
const home = mkdtempSync(join(tmpdir(), 'bai-win-soak-'));
const noteFile = join(home, 'usage.json');

/**
 * Runs inside the agent: at SIGUSR2 it collects garbage and notes what is left. Twice, since what
 * buffers hold is given back only after the first time.
 */
const probe = `
  import { readdirSync, renameSync, writeFileSync } from 'node:fs';
  process.on('SIGUSR2', () => {
    gc();
    setTimeout(() => {
      gc();
      const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
      const descriptors = readdirSync('/proc/self/fd').length;
      const usage = { heap: heapUsed, buffers: arrayBuffers, resident: rss, descriptors };
      writeFileSync('${noteFile}.new', JSON.stringify(usage));
      renameSync('${noteFile}.new', '${noteFile}');
    }, 200);
  });`;

const demo = await startDemo({ only: ['demo'] });
demo.pointAt('demo', { host: '127.0.0.1', port: await startBackend(demo.sshPort('demo')) });
const env = {
  PATH: process.env.PATH,
  HOME: home,
  ...demo.env,
  NODE_OPTIONS: `--expose-gc --import=data:text/javascript,${encodeURIComponent(probe)}`,
};

async function baiWin(...args) {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, ...args, '--json'], {
    env,
    cwd: home,
  });
  return JSON.parse(stdout);
}

async function usageOf(pid) {
  rmSync(noteFile, { force: true });
  process.kill(pid, 'SIGUSR2');
  for (let waited = 0; waited < NOTE_LIMIT_MS; waited += 20) {
    try {
      return JSON.parse(readFileSync(noteFile, 'utf8'));
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
      await sleep(20);
    }
  }
  throw new Error('the agent does not note its usage: it may have died');
}

async function untilQuiet() {
  while ((await baiWin('status')).tunnels[0].connections > 0) await sleep(100);
}

const print = (line) => process.stdout.write(`${line}\n`);

function judge(samples) {
  const half = samples.slice(Math.floor(samples.length / 2));
  const middle = Math.floor(half.length / 2);
  return Object.entries(MAX_GROWTH).map(([what, most]) => {
    const of = (part) => median(part.map((sample) => sample[what]));
    const [early, late] = [of(half.slice(0, middle)), of(half.slice(middle))];
    return { what, early, late, grows: late - early > most };
  });
}

const inMiB = (bytes) => `${(bytes / MiB).toFixed(1)} MiB`;

const show = ({ heap, buffers, resident, descriptors }) =>
  `${inMiB(heap)} heap, ${inMiB(buffers)} buffers, ${inMiB(resident)} resident, ${descriptors} descriptors`;

try {
  await baiWin('setup', 'demo', '--no-tunnel', '--for', 'putty');
  const { pid, tunnels } = await baiWin('up');
  const end = performance.now() + Number(values.minutes) * 60_000;
  const samples = [];
  while (performance.now() < end || samples.length < 8) {
    demo.clearFaults();
    await round(tunnels[0].port, () => demo.dropTunnels());
    await untilQuiet();
    samples.push(await usageOf(pid));
    const moved = `${totals.connections} connections, ${(totals.bytes / MiB).toFixed(0)} MiB moved`;
    print(`round ${samples.length}: ${moved}; ${show(samples.at(-1))}`);
  }
  const results = judge(samples);
  for (const { what, early, late, grows } of results) {
    print(`${what}: ${early} then ${late}${grows ? ', which is growth' : ''}`);
  }
  for (const fault of new Set(totals.faults)) print(`fault: ${fault}`);
  process.exitCode = totals.faults.length > 0 || results.some(({ grows }) => grows) ? 1 : 0;
} finally {
  await baiWin('down');
  rmSync(home, { recursive: true });
  await demo.close();
}
process.exit();
