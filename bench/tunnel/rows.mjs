/** The table: what each figure is compared with, what it must reach and what it aims at. */

const over = (key, other) => (now) => now.ours[key] / now[other]?.[key];
const ours = (key) => (now) => now.ours[key];
const most = { better: 'less' };
const least = { better: 'more' };

/** `of` takes the figures of one repetition, by contender; rows are medians of that. */
export const rows = [
  {
    group: 'sftp',
    name: 'sftp put 512 MiB, time ÷ direct',
    of: over('putBig', 'direct'),
    must: 1.25,
    aim: 1.1,
    ...most,
  },
  {
    group: 'sftp',
    name: 'sftp get 512 MiB, time ÷ direct',
    of: over('getBig', 'direct'),
    must: 1.35,
    aim: 1.22,
    ...most,
  },
  {
    group: 'sftp',
    name: 'sftp put 2,000 files, time ÷ direct',
    of: over('putMany', 'direct'),
    must: 1.7,
    aim: 1.4,
    ...most,
  },
  {
    group: 'sftp',
    name: 'sftp get 2,000 files, time ÷ direct',
    of: over('getMany', 'direct'),
    must: 1.8,
    aim: 1.6,
    ...most,
  },
  {
    group: 'bulk',
    name: 'raw bytes up ÷ stand-in',
    of: over('up', 'standin'),
    must: 1.1,
    aim: 1.7,
    ...least,
  },
  {
    group: 'bulk',
    name: 'raw bytes down ÷ stand-in',
    of: over('down', 'standin'),
    must: 1.4,
    aim: 1.7,
    ...least,
  },
  {
    group: 'bulk',
    name: 'CPU s/GiB up ÷ stand-in',
    of: over('upCpu', 'standin'),
    must: 0.9,
    aim: 0.55,
    ...most,
  },
  {
    group: 'bulk',
    name: 'CPU s/GiB down ÷ stand-in',
    of: over('downCpu', 'standin'),
    must: 0.7,
    aim: 0.5,
    ...most,
  },
  {
    group: 'latency',
    name: '1-byte round trip p50 ÷ Node TCP pipe',
    of: over('rtt', 'pipe'),
    must: 1.2,
    aim: 1.05,
    ...most,
  },
  {
    group: 'latency',
    name: 'round trip p99 beside bulk up ÷ stand-in',
    of: over('besideUp', 'standin'),
    must: 0.6,
    aim: 0.1,
    ...most,
  },
  {
    group: 'latency',
    name: 'round trip p99 beside bulk down ÷ stand-in',
    of: over('besideDown', 'standin'),
    must: 0.6,
    aim: 0.1,
    ...most,
  },
  {
    group: 'connect',
    name: 'connection to first byte p50 ÷ stand-in',
    of: over('connect', 'standin'),
    must: 0.8,
    aim: 0.45,
    ...most,
  },
  {
    group: 'stall',
    name: 'stalled reader down, growth in MiB',
    of: ours('stallDown'),
    must: 16,
    aim: 4,
    isSize: true,
    ...most,
  },
  {
    group: 'stall',
    name: 'stalled reader up, growth in MiB',
    of: ours('stallUp'),
    must: 16,
    aim: 4,
    isSize: true,
    ...most,
  },
  {
    group: 'many',
    name: '200 connections, MiB/s ÷ stand-in',
    of: over('many', 'standin'),
    must: 1.1,
    aim: 1.7,
    ...least,
  },
  {
    group: 'many',
    name: '200 connections, resident MiB',
    of: ours('manyRss'),
    must: 120,
    aim: 120,
    isSize: true,
    ...most,
  },
  {
    group: 'frames',
    name: 'frames sent in bulk, largest KiB',
    of: ours('frameMax'),
    must: 256,
    aim: 256,
    isSize: true,
    ...most,
  },
  {
    group: 'frames',
    name: 'frames sent in bulk, median KiB',
    of: ours('frameMedian'),
    must: 64,
    aim: 128,
    isSize: true,
    ...least,
  },
  {
    group: 'tls',
    name: 'TLS: CPU s/GiB up ÷ stand-in',
    of: over('upCpu', 'standin'),
    must: 0.8,
    aim: 0.65,
    ...most,
  },
  {
    group: 'tls',
    name: 'TLS: CPU s/GiB down ÷ stand-in',
    of: over('downCpu', 'standin'),
    must: 1,
    aim: 0.85,
    ...most,
  },
  {
    group: 'tls',
    name: 'TLS: connection to first byte p50 ÷ stand-in',
    of: over('connect', 'standin'),
    must: 0.8,
    aim: 0.65,
    ...most,
  },
  {
    group: 'startup',
    name: 'proxy to its first byte upstream ÷ node -e 0',
    of: ours('proxy'),
    must: 2.5,
    aim: 1.5,
    ...most,
  },
  {
    group: 'startup',
    name: 'the same through the agent ÷ node -e 0',
    of: ours('proxyByAgent'),
    must: 2.5,
    aim: 1.5,
    ...most,
  },
  {
    group: 'startup',
    name: '--help ÷ node -e 0',
    of: ours('help'),
    must: 3.5,
    aim: 2.5,
    ...most,
  },
  {
    group: 'startup',
    name: '--version ÷ node -e 0',
    of: ours('version'),
    must: 1.6,
    aim: 1.3,
    ...most,
  },
  {
    group: 'idle',
    name: 'idle agent with 20 listeners, resident MiB',
    of: ours('idleRss'),
    must: 60,
    aim: 50,
    isSize: true,
    ...most,
  },
  {
    group: 'idle',
    name: 'idle agent with 20 listeners, % of a core',
    of: ours('idleCpu'),
    must: 0.5,
    aim: 0.1,
    ...most,
  },
];

export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/**
 * The verdict on one row, or `null` where it was not measured: of several rounds the best one counts, since
 * what else a machine does makes figures worse.
 * @param rounds a list of repetitions each
 * @param slack by how many times a row may miss what it must reach
 */
export function judge(row, rounds, slack) {
  const values = rounds
    .map((repetitions) => repetitions.map((now) => row.of(now)).filter(Number.isFinite))
    .filter((measured) => measured.length > 0);
  if (values.length === 0) return null;
  const medians = values.map(median);
  const value = row.better === 'less' ? Math.min(...medians) : Math.max(...medians);
  const reached = (goal, times = 1) =>
    row.better === 'less' ? value <= goal * times : value >= goal / times;
  const met = () => {
    if (reached(row.aim)) return 'aim';
    if (reached(row.must)) return 'must';
    return reached(row.must, row.isSize ? 1 : slack) ? 'slack' : 'MISSED';
  };
  const { name, group, must, aim, better } = row;
  return { name, group, value, values, must, aim, better, met: met() };
}
