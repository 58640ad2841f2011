/**
 * The tunnel beside others, in one run:
 * `npm run bench:tunnel -- [--quick] [--only GROUP,…] [--repetitions N] [--rounds N] [--slack TIMES] [--json FILE]`.
 *
 * Contenders (bench/tunnel/contender.mjs): direct TCP, a plain TCP proxy of Node, a stand-in for the
 * local proxy of Backend.AI's desktop app, and ours. All go to one backend in C, each is a process of its
 * own, the order is shuffled for each repetition, and only ratios of one repetition are compared:
 * figures of different runs or machines say nothing. Needs Linux with gcc; OpenSSH for the sftp rows.
 * Exits with 1 where the median of a row misses what it must reach. For machines that do other things
 * meanwhile: with `--rounds 3` what misses is measured again, twice at most, and its best round counts; with
 * `--slack 1.3` a row of times may miss by that factor. Sizes, of memory and frames, have no slack.
 */
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import * as measures from './tunnel/measures.mjs';
import {
  build,
  endAll,
  makeCertificate,
  startBackend,
  startContender,
} from './tunnel/processes.mjs';
import { judge, median, rows } from './tunnel/rows.mjs';
import { shuffled } from './tunnel/shuffled.mjs';
import { prepareStartUp } from './tunnel/start-up.mjs';
import { hasSshd, measureSftp, startSshd } from './tunnel/sftp.mjs';

const MiB = 2 ** 20;
const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    repetitions: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '1' },
    slack: { type: 'string', default: '1' },
    json: { type: 'string', default: 'dist/bench-tunnel.json' },
  },
});
const repetitions = Number(flags.repetitions);
const size = (flags.quick ? 128 : 512) * MiB;
/** What is measured in this round, and what came of it: a list of repetitions for each group. */
let groups = new Set(flags.only?.split(',') ?? rows.map(({ group }) => group));
let results = {};
const rounds = [];

const say = (text) => process.stdout.write(`${text}\n`);
const note = (text) => process.stderr.write(`${text}\n`);

/** Measures all of `contenders` once, in random order. */
async function repetition(group, contenders, measure) {
  if (!groups.has(group)) return;
  const figures = {};
  for (const contender of shuffled(contenders)) figures[contender.kind] = await measure(contender);
  results[group].push(figures);
}

/** Native masking makes the stand-in what the desktop app ships; without it it would be slower. */
function hasBufferutil() {
  try {
    createRequire(createRequire(import.meta.url).resolve('ws')).resolve('bufferutil');
    return true;
  } catch {
    return false;
  }
}

async function run(folder) {
  const generator = build('load', folder);
  const backend = await startBackend(build('backend', folder));
  const url = `ws://127.0.0.1:${backend.webSocket}/`;
  const start = (kind, target = url, env = {}) => startContender(kind, target, backend.plain, env);
  // People's tunnels run for days: what compiling costs in the first second is not what is asked for.
  const startWarm = async (...parameters) => {
    const contender = await start(...parameters);
    await measures.measureBulk(generator, contender, 256 * MiB);
    return contender;
  };
  const direct = { kind: 'direct', port: backend.plain };
  const pipe = await startWarm('pipe');
  const standin = await startWarm('standin');
  const ours = await startWarm('ours');

  for (let i = 0; i < repetitions; i++) {
    note(`repetition ${i + 1} of ${repetitions}, load ${loadavg()[0].toFixed(1)}`);
    await repetition('bulk', [direct, pipe, standin, ours], (contender) =>
      measures.measureBulk(generator, contender, size),
    );
    await repetition('latency', [pipe, standin, ours], (contender) =>
      measures.measureLatency(generator, contender, 3000),
    );
    if (groups.has('connect')) {
      results.connect.push(await measures.measureConnect(generator, [pipe, standin, ours]));
    }
    await repetition('many', [standin, ours], (contender) =>
      measures.measureMany(generator, contender, 200, size / 128),
    );
    await repetition('frames', [ours], (contender) =>
      measures.measureFrames(generator, contender, size / 4),
    );
    if (groups.has('stall')) {
      // In processes of their own: memory that bulk traffic left behind would hide the growth.
      for (const kind of ['standin', 'ours']) {
        const fresh = await start(kind);
        await measures.measureBulk(generator, fresh, 16 * MiB);
        const figures = await measures.measureStall(generator, fresh);
        if (kind === 'ours') results.stall.push({ ours: figures });
        fresh.end();
      }
    }
  }
  for (const contender of [pipe, standin, ours]) contender.end();

  if (groups.has('tls')) {
    const pem = makeCertificate(folder);
    const front = await start('tls', url, { BENCH_TLS_PEM: pem });
    const secure = { url: `wss://127.0.0.1:${front.port}/`, env: { NODE_EXTRA_CA_CERTS: pem } };
    const both = [
      await startWarm('standin', secure.url, secure.env),
      await startWarm('ours', secure.url, secure.env),
    ];
    for (let i = 0; i < repetitions; i++) {
      await repetition('tls', both, (contender) =>
        measures.measureBulk(generator, contender, size / 2),
      );
      const connections = await measures.measureConnect(generator, both);
      for (const { kind } of both) Object.assign(results.tls.at(-1)[kind], connections[kind]);
    }
    for (const contender of [...both, front]) contender.end();
  }

  if (groups.has('sftp') && hasSshd) {
    const sshd = await startSshd(folder, size);
    const forward = `${url}forward/${sshd.port}`;
    const contenders = [
      { kind: 'direct', port: sshd.port },
      await start('standin', forward),
      await start('ours', forward),
    ];
    for (let i = 0; i < repetitions; i++) {
      note(`sftp ${i + 1} of ${repetitions}, load ${loadavg()[0].toFixed(1)}`);
      await repetition('sftp', contenders, (contender) => measureSftp(folder, contender.port));
    }
    sshd.end();
  }

  if (groups.has('startup') || groups.has('idle')) {
    const program = await prepareStartUp(folder);
    for (let i = 0; i < repetitions; i++) {
      if (groups.has('startup')) results.startup.push(await program.measure());
    }
    if (groups.has('idle')) results.idle.push(await program.measureIdle());
    await program.end();
  }
}

/** Medians of what a round measured, as they are, for those who want to look closer. */
function medians(round) {
  const table = {};
  for (const [group, list] of Object.entries(round)) {
    for (const kind of Object.keys(list[0] ?? {})) {
      for (const key of Object.keys(list[0][kind])) {
        (table[group] ??= {})[`${kind} ${key}`] = median(list.map((figures) => figures[kind][key]));
      }
    }
  }
  return table;
}

/** The verdict on each row so far. */
const judged = () =>
  chosenRows.map((row) => {
    const measured = rounds.flatMap((round) => (round[row.group] ? [round[row.group]] : []));
    return judge(row, measured, Number(flags.slack)) ?? { name: row.name, met: 'not measured' };
  });

const chosenRows = rows.filter(({ group }) => groups.has(group));
const folder = mkdtempSync(join(tmpdir(), 'bai-win-bench-'));
const loadBefore = loadavg()[0];
try {
  while (rounds.length < Number(flags.rounds) && groups.size > 0) {
    if (rounds.length > 0) note(`once more: ${[...groups].join(', ')}`);
    results = Object.fromEntries([...groups].map((group) => [group, []]));
    await run(folder);
    rounds.push(results);
    const missed = judged().flatMap(({ met, group }) =>
      ['slack', 'MISSED'].includes(met) ? [group] : [],
    );
    groups = new Set(missed);
  }
} finally {
  endAll();
  rmSync(folder, { recursive: true, force: true });
}

const verdicts = judged();
say(
  `${'measure'.padEnd(46)} ${'median'.padStart(8)} ${'must'.padStart(8)} ${'aim'.padStart(8)}  met`,
);
for (const { name, value, must, aim, better, met } of verdicts) {
  const sign = better === 'less' ? '<=' : '>=';
  const goal = (number) => (number === undefined ? '' : `${sign} ${number}`).padStart(8);
  say(
    `${name.padEnd(46)} ${(value?.toFixed(2) ?? '').padStart(8)} ${goal(must)} ${goal(aim)}  ${met}`,
  );
}
const bufferutil = hasBufferutil();
if (!bufferutil)
  note('bufferutil is not installed: the stand-in masks slower than the desktop app');
const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, loadBefore };
writeFileSync(
  flags.json,
  JSON.stringify({ machine, bufferutil, verdicts, medians: rounds.map(medians) }, null, 2),
);
process.exitCode = verdicts.some(({ met }) => met === 'MISSED') ? 1 : 0;
