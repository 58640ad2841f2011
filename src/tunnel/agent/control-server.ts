import { chmod, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { BaiError } from '../../errors.js';
import { errorCode } from '../../platform/read-file.js';
import {
  PROTOCOL_VERSION,
  type AgentAnswer,
  type AgentRequest,
  type AgentStatus,
  type ToldFailure,
} from './protocol.js';
import { readLine } from './read-line.js';

/** Whoever connects says at once what they want. */
const REQUEST_MS = 10_000;
/** For answers that are under way when the server closes. */
const GRACE_MS = 1_000;

interface ControlServer {
  /** Stops listening, and waits a moment for answers that are under way. */
  close(): Promise<void>;
}

/**
 * Listens for requests on a named pipe, or a socket that only the owner can use. A socket file that a
 * dead agent left is replaced; a living agent keeps its place. No two may do this at once.
 *
 * @param address see `agentPlaces`
 * @throws BaiError `agent-already-running`
 */
export async function serveControl(
  address: string,
  handle: (request: AgentRequest) => Promise<AgentStatus>,
): Promise<ControlServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    void serve(socket, handle);
  });
  const isFile = process.platform !== 'win32';
  if (await isAnswered(address)) throw alreadyRunning();
  if (isFile) await unlinkIfThere(address);
  await listen(server, address);
  // The folder is the owner's alone already; this holds even if somebody opens it up.
  if (isFile) await chmod(address, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, GRACE_MS);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}

async function serve(
  socket: Socket,
  handle: (request: AgentRequest) => Promise<AgentStatus>,
): Promise<void> {
  // Whoever asked may be gone before the answer; that is their business.
  socket.on('error', () => undefined);
  socket.setTimeout(REQUEST_MS, () => socket.destroy());
  const line = await readLine(socket);
  socket.setTimeout(0);
  if (line === null) {
    socket.destroy();
    return;
  }
  const answer = await answerTo(line, handle);
  socket.end(`${JSON.stringify(answer)}\n`);
}

async function answerTo(
  line: string,
  handle: (request: AgentRequest) => Promise<AgentStatus>,
): Promise<AgentAnswer> {
  try {
    const request = JSON.parse(line) as AgentRequest & { readonly protocol: number };
    if (request.protocol !== PROTOCOL_VERSION && request.op !== 'stop') throw otherProtocol();
    return { protocol: PROTOCOL_VERSION, status: await handle(request) };
  } catch (error) {
    return { protocol: PROTOCOL_VERSION, error: toldFailure(error) };
  }
}

/** A failure in the form in which it is told. */
export function toldFailure(error: unknown): ToldFailure {
  if (error instanceof BaiError) {
    const { code, message, hint } = error;
    return { code, message, hint };
  }
  return {
    code: 'agent-failed',
    message: `the agent failed: ${error instanceof Error ? error.message : String(error)}`,
    hint: 'type: bai-win logs',
  };
}

function listen(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      // Of a pipe the first listener alone may be the owner.
      reject(errorCode(cause) === 'EADDRINUSE' ? alreadyRunning() : notListening(address, cause));
    });
    server.listen(address, resolve);
  });
}

function isAnswered(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

async function unlinkIfThere(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error;
  });
}

/** Who runs already is to stay. */
export function alreadyRunning(): BaiError {
  return new BaiError(
    'agent-already-running',
    'an agent runs already, and one is enough for all tunnels',
    'type: bai-win status    to see what it holds',
  );
}

function otherProtocol(): BaiError {
  return new BaiError(
    'agent-protocol-differs',
    'the running agent is of another version of bai-win',
    'end it with: bai-win down    then type: bai-win up',
  );
}

function notListening(address: string, cause: Error): BaiError {
  return new BaiError(
    'agent-not-listening',
    `the agent cannot listen on ${address}: ${cause.message}`,
    'set BAI_WIN_HOME to a folder on a local disk with a short path',
    { cause },
  );
}
