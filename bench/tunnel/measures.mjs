/** What is measured, per contender and repetition. Figures have no meaning but beside each other. */
import { setTimeout as sleep } from 'node:timers/promises';
import { load, startLoad } from './processes.mjs';
import { median } from './rows.mjs';
import { shuffled } from './shuffled.mjs';

const MiB = 2 ** 20;
const GiB = 2 ** 30;

/** MiB/s and CPU seconds per GiB of one bulk transfer. */
async function bulk(program, contender, direction, bytes) {
  const before = await contender.usage?.();
  const [seconds] = await load(program, contender.port, direction, bytes);
  const after = await contender.usage?.();
  return {
    speed: bytes / MiB / seconds,
    cpu: before === undefined ? NaN : (after.cpu - before.cpu) / (bytes / GiB),
  };
}

/** How far the process grows while a gigabyte is offered to a reader that does not read, in MiB. */
async function stall(program, contender, direction) {
  await sleep(200);
  const before = await contender.usage();
  const child = startLoad(program, contender.port, 'stall', direction, GiB);
  let most = 0;
  for (let i = 0; i < 15; i++) {
    await sleep(100);
    most = Math.max(most, (await contender.usage()).rss);
  }
  child.kill('SIGKILL');
  await sleep(100);
  return Math.max(0, most - before.rss) / MiB;
}

/** Raw bytes each way. */
export async function measureBulk(program, contender, size) {
  const up = await bulk(program, contender, 'up', size);
  const down = await bulk(program, contender, 'down', size);
  return { up: up.speed, upCpu: up.cpu, down: down.speed, downCpu: down.cpu };
}

/** Round trips of one byte, idle and beside bulk traffic, in µs. */
export async function measureLatency(program, contender, trips) {
  const [rtt] = await load(program, contender.port, 'rtt', trips);
  const [, besideUp] = await load(program, contender.port, 'mixed', 'up', trips / 5);
  const [, besideDown] = await load(program, contender.port, 'mixed', 'down', trips / 5);
  return { rtt, besideUp, besideDown };
}

/**
 * Connections to their first byte, in µs, by contender. A millisecond is too short a time to stand for
 * a machine's mood, so they take turns: many rounds of a few connections each.
 */
export async function measureConnect(program, contenders) {
  const times = Object.fromEntries(contenders.map(({ kind }) => [kind, []]));
  for (let round = 0; round < 12; round++) {
    for (const { kind, port } of shuffled(contenders)) {
      const [half] = await load(program, port, 'connect', 20);
      times[kind].push(half);
    }
  }
  return Object.fromEntries(contenders.map(({ kind }) => [kind, { connect: median(times[kind]) }]));
}

/** Many connections at once: MiB/s of all together; a lost byte fails the run. */
export async function measureMany(program, contender, count, size) {
  const [seconds] = await load(program, contender.port, 'many', count, size);
  const { rss } = await contender.usage();
  return { many: (count * size) / MiB / seconds, manyRss: rss / MiB };
}

export async function measureStall(program, contender) {
  return {
    stallDown: await stall(program, contender, 'down'),
    stallUp: await stall(program, contender, 'up'),
  };
}

/** Payload of the frames sent in bulk: the largest, and the median of bytes, in KiB. */
export async function measureFrames(program, contender, size) {
  const [largest, median] = await load(program, contender.port, 'frames', size);
  return { frameMax: largest / 1024, frameMedian: median / 1024 };
}
