/** What people and programs do to a tunnel, in rounds. At the end of a round all is quiet. */
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { GREETING_BYTES, request } from './backend.mjs';

const MiB = 1024 * 1024;
const bytes = randomBytes(8 * MiB);

/** Connections made and bytes moved in all, and what went wrong though it should not have. */
export const totals = { connections: 0, bytes: 0, faults: [] };

/** A connection that has sent its request; one that fails is a closed one. */
function open(port, message) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => undefined);
  socket.write(message);
  totals.connections += 1;
  return socket;
}

/** Reads to the end, or up to `enough` bytes after the greeting; resolves to what came after it. */
function read(socket, enough = Infinity) {
  const chunks = [];
  let size = -GREETING_BYTES;
  return new Promise((resolve) => {
    const done = () => {
      socket.off('data', take).off('close', done);
      resolve(Buffer.concat(chunks).subarray(GREETING_BYTES));
    };
    const take = (chunk) => {
      chunks.push(chunk);
      size += chunk.length;
      totals.bytes += chunk.length;
      if (size >= enough) done();
    };
    if (socket.closed) done();
    else socket.on('data', take).on('close', done).resume();
  });
}

function expect(condition, what) {
  if (!condition) totals.faults.push(what);
}

/** Bulk both ways at once. */
async function echo(port) {
  const socket = open(port, request('echo'));
  socket.write(bytes);
  totals.bytes += bytes.length;
  expect((await read(socket, bytes.length)).equals(bytes), 'an echo was not what had been sent');
  socket.destroy();
}

async function download(port) {
  const socket = open(port, request('send', 8 * MiB));
  expect((await read(socket)).length === 8 * MiB, 'a download was cut');
}

/** Small round trips, one after the other. */
async function type(port) {
  const socket = open(port, request('echo'));
  await read(socket, 0);
  let trips = 0;
  await new Promise((resolve) => {
    socket.on('close', resolve);
    socket.on('data', () => {
      trips += 1;
      if (trips === 200) socket.destroy();
      else socket.write('x');
    });
    socket.write('x');
  });
  expect(trips === 200, 'a connection with small round trips ended early');
}

/** Connections that come and go, each way that there is. */
async function visit(port, times) {
  for (let i = 0; i < times; i++) {
    const socket = open(port, request(i % 3 === 0 ? 'break' : 'send', 1000));
    if (i % 4 === 0) {
      // Gone during the dial, or soon after.
      await sleep(i % 16);
      socket.resetAndDestroy();
    } else await read(socket);
    socket.destroy();
  }
}

/** Readers that stall: some go on, some leave, the others lose their manager. */
async function stall(port, breakTunnels) {
  const sockets = Array.from({ length: 6 }, () => open(port, request('send', 16 * MiB)));
  for (const socket of sockets) socket.pause();
  await sleep(1_000);
  for (const socket of sockets.slice(0, 2)) {
    expect((await read(socket)).length === 16 * MiB, 'a stalled reader lost something');
  }
  for (const socket of sockets.slice(2, 4)) socket.resetAndDestroy();
  return async () => {
    const ends = sockets.slice(4).map((socket) => read(socket));
    breakTunnels();
    await Promise.all(ends);
  };
}

/** One round. @param breakTunnels cuts every connection between tunnel and manager */
export async function round(port, breakTunnels) {
  const [breakRest] = await Promise.all([
    stall(port, breakTunnels),
    ...[1, 2].flatMap(() => [echo(port), download(port), visit(port, 12)]),
    ...[1, 2, 3, 4].map(() => type(port)),
  ]);
  await breakRest();
}
