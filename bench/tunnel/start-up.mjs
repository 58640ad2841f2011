/** How long the program takes to start, beside Node itself; and what the agent costs while idle. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { URL } from 'node:url';
import { startDemo } from '../../dist/src/demo/index.js';
import { median } from './rows.mjs';

const PROGRAM = join(import.meta.dirname, '../../dist/bin/bai-win.cjs');
const STARTS = 9;
const SITES = 20;
const IDLE_MS = 10_000;
const MiB = 2 ** 20;

/** Milliseconds from the start of a process to its end. */
async function timeToEnd(words, env) {
  const start = performance.now();
  const child = spawn(process.execPath, words, { env, stdio: 'ignore' });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}`);
  return performance.now() - start;
}

/** A relay before the demo that tells when the first byte of a connection passes. */
async function relayTo(target, onFirstByte) {
  const server = createServer((socket) => {
    const upstream = connect(target, '127.0.0.1');
    socket.once('data', () => onFirstByte());
    socket.pipe(upstream).pipe(socket);
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** Makes `SITES` sites of the one that is set up, each with a port of its own. */
function multiplySites(stateFile) {
  const state = JSON.parse(readFileSync(stateFile, 'utf8'));
  const [[id, record]] = Object.entries(state.sites);
  for (let i = 1; i < SITES; i++) {
    const digits = String(i).padStart(2, '0');
    state.sites[`${id.slice(0, -2)}${digits}`] = {
      ...record,
      sessionName: `${record.sessionName}-${digits}`,
      port: record.port + i,
    };
  }
  writeFileSync(stateFile, JSON.stringify(state));
}

/** Resident bytes and CPU seconds so far of another process, from Linux's /proc. */
function usageOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const TICKS_PER_SECOND = 100;
  return {
    rss: Number(/VmRSS:\s+(\d+) kB/.exec(status)[1]) * 1024,
    cpu: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
  };
}

/**
 * Sets up the demo's session in a folder of its own in `folder`; `measure` may be called as often as wanted,
 * then `end`.
 */
export async function prepareStartUp(folder) {
  const home = mkdtempSync(join(folder, 'home-'));
  const demo = await startDemo({ only: ['demo'] });
  let onFirstByte = () => undefined;
  const relay = await relayTo(new URL(demo.managerEndpoint).port, () => onFirstByte());
  const inherited = { ...process.env };
  delete inherited.NODE_EXTRA_CA_CERTS;
  const env = {
    ...inherited,
    ...demo.env,
    BACKEND_ENDPOINT: `http://127.0.0.1:${relay.address().port}`,
    HOME: home,
    BAI_WIN_HOME: join(home, 'bai-win'),
  };
  const run = async (...words) => {
    const child = spawn(process.execPath, [PROGRAM, ...words], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (data) => (text += data));
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`bai-win ${words.join(' ')} ended with ${code}`);
    return text;
  };
  await run('setup', 'demo', '--for', 'openssh', '--no-tunnel', '--json');

  /** Milliseconds from the start of `bai-win proxy` to the first byte that reaches the manager. */
  const timeToFirstByte = async () => {
    const start = performance.now();
    const child = spawn(process.execPath, [PROGRAM, 'proxy', 'demo'], {
      env,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    child.stdin.write('SSH-2.0-bench\r\n');
    await new Promise((resolve) => (onFirstByte = resolve));
    const time = performance.now() - start;
    onFirstByte = () => undefined;
    child.kill('SIGKILL');
    await once(child, 'close');
    return time;
  };

  /** One repetition: medians of several starts each, in turn. */
  const measure = async () => {
    const times = { node: [], help: [], version: [], proxy: [], proxyByAgent: [] };
    for (let i = 0; i < STARTS; i++) {
      times.node.push(await timeToEnd(['-e', '0'], env));
      times.help.push(await timeToEnd([PROGRAM, '--help'], env));
      times.version.push(await timeToEnd([PROGRAM, '--version'], env));
      times.proxy.push(await timeToFirstByte());
    }
    await run('up');
    for (let i = 0; i < STARTS; i++) times.proxyByAgent.push(await timeToFirstByte());
    await run('down');
    const node = median(times.node);
    return {
      ours: Object.fromEntries(
        Object.entries(times).map(([key, list]) => [key, median(list) / node]),
      ),
    };
  };

  /** The agent with `SITES` listeners that nobody uses: resident MiB, percent of a core. */
  const measureIdle = async () => {
    multiplySites(join(home, 'bai-win', 'data', 'state', 'sites.json'));
    const { tunnels, pid } = JSON.parse(await run('up', '--json'));
    if (tunnels.length !== SITES) throw new Error(`the agent holds ${tunnels.length} tunnels`);
    await sleep(2000);
    const before = usageOf(pid);
    await sleep(IDLE_MS);
    const after = usageOf(pid);
    await run('down');
    return {
      ours: { idleRss: after.rss / MiB, idleCpu: (100_000 * (after.cpu - before.cpu)) / IDLE_MS },
    };
  };

  return {
    measure,
    measureIdle,
    async end() {
      relay.close();
      await demo.close();
    },
  };
}
