/** What is measured, per contender and repetition. Figures have no meaning but beside each other. */
import { setTimeout as sleep } from 'node:timers/promises';
import { load, startLoad } from './processes.mjs';

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

/** Round trips of one byte, idle and beside bulk traffic; connections to their first byte. In µs. */
export async function measureLatency(program, contender, { trips, connections }) {
  const [rtt] = await load(program, contender.port, 'rtt', trips);
  const [, besideUp] = await load(program, contender.port, 'mixed', 'up', trips / 5);
  const [, besideDown] = await load(program, contender.port, 'mixed', 'down', trips / 5);
  const [connect] = await load(program, contender.port, 'connect', connections);
  return { rtt, besideUp, besideDown, connect };
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
