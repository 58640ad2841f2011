import { connect, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { BaiError } from '../errors.js';
import { askAgent } from '../tunnel/agent/control-client.js';
import type { AgentStatus, TunnelStatus } from '../tunnel/agent/protocol.js';

/** The client's side: what it sends, and where sshd's bytes, and nothing else, go. */
export interface ProxyStreams {
  readonly input: Readable;
  readonly output: Writable;
}

/** An agent answers in milliseconds; a client must not wait for one that is stuck. */
export const AGENT_PATIENCE_MS = 2_000;

/** The agent hears of our end of a connection before our question, or at the same moment. */
const ENDING_MS = 2_000;
const POLL_MS = 20;

/** A tunnel that the agent holds. */
interface HeldBy {
  /** Where the agent is asked. */
  readonly address: string;
  readonly pid: number;
  readonly tunnel: TunnelStatus;
}

/**
 * Carries a connection through a tunnel of the agent. Resolves at a clean end, of which only the agent
 * can be sure: to us a reset can look like one (libuv reports what was read last together with POLLHUP
 * as an end), and so does the end of a process that was killed.
 *
 * @throws BaiError `proxy-cut`, and why the agent reset the connection
 */
export async function throughAgent(held: HeldBy, streams: ProxyStreams): Promise<void> {
  const began = new Date().toISOString();
  try {
    const end = await pump(held.tunnel.port, streams);
    if (end !== null) await beSureOf(end, held, began);
  } catch (error) {
    if (!(error instanceof BaiError) || error.code !== 'proxy-cut') throw error;
    // The agent knows why it reset the connection.
    const after = await ask(held);
    throw (after && failureSince(began, held, after, error)) ?? error;
  }
}

/** What came to an end, seen from this side. */
interface SeenEnd {
  /** The port from which we were connected. */
  readonly client: number;
  /** Bytes. */
  readonly received: number;
}

/**
 * @returns `null` where the client left, and nobody is owed anything
 * @throws BaiError `proxy-cut`
 */
async function pump(port: number, { input, output }: ProxyStreams): Promise<SeenEnd | null> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
  let client = 0;
  // To a client that leaves before it said anything the tunnel owes nothing, and resets.
  const leftInSilence = (): boolean => input.readableEnded && socket.bytesWritten === 0;
  try {
    const isOver = await new Promise<boolean>((resolve, reject) => {
      socket.on('connect', () => {
        client = socket.localPort ?? 0;
      });
      socket.on('error', (cause) => {
        if (leftInSilence()) resolve(false);
        else reject(cut(cause.message, cause));
      });
      // A client that is gone needs no words.
      for (const stream of [input, output]) {
        stream.on('error', () => {
          resolve(false);
        });
      }
      socket.on('end', () => {
        resolve(!leftInSilence());
      });
      input.pipe(socket);
      socket.pipe(output, { end: false });
    });
    await drained(socket, output);
    return isOver ? { client, received: socket.bytesRead } : null;
  } finally {
    input.destroy();
    socket.destroy();
  }
}

/** Lets the client take what sshd sent last. */
async function drained(socket: Socket, output: Writable): Promise<void> {
  socket.unpipe(output);
  if (!output.writable) return;
  await new Promise<void>((resolve) => {
    output.end(resolve);
  });
}

/** @throws BaiError unless the agent ended the connection cleanly, and all of it has come */
async function beSureOf({ client, received }: SeenEnd, held: HeldBy, began: string): Promise<void> {
  for (let waited = 0; waited < ENDING_MS; waited += POLL_MS) {
    const after = await ask(held, client);
    if (after?.pid !== held.pid) throw cut('the agent that held it is gone');
    const { ending } = after;
    if (ending === received) return;
    if (ending === undefined || ending === 'cut') {
      const failure = failureSince(began, held, after);
      if (failure !== null) throw failure;
      // An agent of an older version cannot tell more.
      if (ending === undefined) return;
      throw cut('the agent reset it');
    }
    if (ending !== null) throw cut(`${received} of ${ending} bytes came`);
    await sleep(POLL_MS);
  }
  throw cut('the agent did not end it');
}

/** The agent's state; `null` where it cannot be asked, or does not answer. */
function ask(held: HeldBy, client?: number): Promise<AgentStatus | null> {
  const about = client === undefined ? {} : { sites: [held.tunnel.id], client };
  const request = { op: 'status', ...about } as const;
  return askAgent(held.address, request, AGENT_PATIENCE_MS).catch(() => null);
}

/** What the tunnel met since then, if it did. */
function failureSince(
  began: string,
  { tunnel }: HeldBy,
  { tunnels }: AgentStatus,
  cause?: unknown,
): BaiError | null {
  const failure = tunnels.find(({ id }) => id === tunnel.id)?.failure;
  if (!failure || failure.at < began) return null;
  return new BaiError(failure.code, failure.message, failure.hint, { cause });
}

function cut(why: string, cause?: unknown): BaiError {
  return new BaiError(
    'proxy-cut',
    `the connection through the agent broke off: ${why}`,
    'type: bai-win status    to see what is wrong',
    { cause },
  );
}
