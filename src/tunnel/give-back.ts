import type { MessagePort } from 'node:worker_threads';

/**
 * A closed port: what is transferred to it leaves its owner, who sees an empty buffer from then on, and
 * has no receiver (HTML Standard, section 9.4.4, "message port post message steps"). Made when it is needed
 * first, which takes two milliseconds.
 */
let nowhere: MessagePort | undefined;

function closedPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.close();
  port2.close();
  return port1;
}

/** Fewer bytes than this are left to the garbage collector, which costs less. */
const WORTHWHILE = 16 * 1024;

/**
 * Frees the memory of a buffer at once; nobody else may hold that buffer. The next one is likely to be the
 * same piece. The garbage collector lets tens of MiB come together, and memory that the system has
 * just provided is the dearest to read into (docs/performance.md, "Memory given back").
 */
export function giveBack({ buffer, length }: Buffer): void {
  if (length < WORTHWHILE) return;
  // A part of a larger piece has neighbours, and shared memory other owners.
  if (buffer.byteLength !== length || !(buffer instanceof ArrayBuffer)) return;
  nowhere ??= closedPort();
  try {
    nowhere.postMessage(null, [buffer]);
  } catch {
    // Node may mark memory as its own (worker_threads, markAsUntransferable), which newer versions throw for
    // and older ones pass over. It is collected then.
  }
}
