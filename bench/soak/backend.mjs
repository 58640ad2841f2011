/** What stands for sshd: an SSH client is passed on to a real one, the load is answered as it asks. */
import { Buffer } from 'node:buffer';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';

const BANNER = 'SSH-2.0-soak\r\n';

/**
 * A request of the load: a letter and a number. As long as a login takes, after which the tunnel no
 * longer counts the connection among those that log in.
 */
const REQUEST_BYTES = 12 * 1024;

/** `echo`: sends back what comes; `send`: sends so many bytes, then ends; `break`: the same, then resets. */
export function request(what, bytes = 0) {
  return Buffer.from(`${what} ${bytes}`.padEnd(REQUEST_BYTES));
}

/** Bytes of the answer to a request before those that were asked for. */
export const GREETING_BYTES = BANNER.length;

/** Starts it; resolves to its port. @param sshPort port of a real sshd */
export async function startBackend(sshPort) {
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    let head = Buffer.alloc(0);
    const read = (chunk) => {
      head = Buffer.concat([head, chunk]);
      if (head.toString('latin1', 0, 4) === 'SSH-') {
        socket.off('data', read).pause();
        passOn(socket, head, sshPort);
      } else if (head.length >= REQUEST_BYTES) {
        socket.off('data', read).pause();
        socket.unshift(head.subarray(REQUEST_BYTES));
        void answer(socket, head.toString('latin1', 0, REQUEST_BYTES).trim());
      }
    };
    socket.on('data', read);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

function passOn(socket, head, sshPort) {
  const sshd = connect({ port: sshPort, host: '127.0.0.1', noDelay: true });
  sshd.on('error', () => socket.destroy());
  socket.on('close', () => sshd.destroy());
  sshd.write(head);
  socket.pipe(sshd).pipe(socket);
}

async function answer(socket, text) {
  const [what, size] = text.split(' ');
  socket.write(BANNER);
  if (what === 'echo') {
    socket.pipe(socket);
    return;
  }
  socket.resume();
  const chunk = Buffer.alloc(256 * 1024, 'x');
  for (let left = Number(size); left > 0 && !socket.destroyed; left -= chunk.length) {
    if (!socket.write(chunk.subarray(0, left))) await roomIn(socket);
  }
  if (what === 'break') socket.resetAndDestroy();
  else socket.end();
}

/** Waits until more can be written, or nothing more ever. */
function roomIn(socket) {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    if (socket.closed) done();
    else socket.on('drain', done).on('close', done);
  });
}
