import { connect, type Socket } from 'node:net';
import { BaiError } from '../../errors.js';
import {
  PROTOCOL_VERSION,
  type AgentAnswer,
  type AgentRequest,
  type AgentStatus,
} from './protocol.js';
import { readLine } from './read-line.js';

/** Nobody listens: no such socket or pipe, or a socket file that a dead process left. */
const NOBODY: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED']);

/** Opening tunnels touches files of clients; a virus scanner may hold those for seconds. */
const WORK_LIMIT_MS = 60_000;
/** For what needs no work; an agent that starts or is swapped out takes a while as well. */
const ANSWER_LIMIT_MS = 10_000;

/**
 * Asks the agent.
 *
 * @param address its socket or named pipe
 * @param patience for its answer, in milliseconds; by default what the request may take
 * @returns the state after the request, or `null` where no agent runs
 * @throws BaiError what the agent could not do, `agent-silent`, `agent-gone`, `agent-unreachable`
 */
export async function askAgent(
  address: string,
  request: AgentRequest,
  patience = limitOf(request),
): Promise<AgentStatus | null> {
  const socket = await reach(address);
  if (socket === null) return null;
  try {
    socket.setTimeout(patience, () => socket.destroy(silent()));
    socket.write(`${JSON.stringify({ protocol: PROTOCOL_VERSION, ...request })}\n`);
    const line = await readLine(socket);
    if (line === null) throw socket.errored instanceof BaiError ? socket.errored : gone();
    const answer = JSON.parse(line) as AgentAnswer;
    if ('status' in answer) return answer.status;
    throw new BaiError(answer.error.code, answer.error.message, answer.error.hint);
  } finally {
    socket.destroy();
  }
}

function limitOf({ op }: AgentRequest): number {
  return op === 'up' || op === 'down' ? WORK_LIMIT_MS : ANSWER_LIMIT_MS;
}

function reach(address: string): Promise<Socket | null> {
  return new Promise((resolve, reject) => {
    const socket = connect(address);
    socket.once('connect', () => {
      resolve(socket);
    });
    socket.on('error', (cause: NodeJS.ErrnoException) => {
      if (NOBODY.has(cause.code ?? '')) resolve(null);
      reject(
        new BaiError(
          'agent-unreachable',
          `the agent cannot be asked: ${cause.message}`,
          `see who owns ${address}; it should be your account`,
          { cause },
        ),
      );
    });
  });
}

function silent(): BaiError {
  return new BaiError(
    'agent-silent',
    'the agent, which holds the tunnels, took the request but did not answer',
    'type: bai-win status    to see which process that is, and how to end it',
  );
}

function gone(): BaiError {
  return new BaiError(
    'agent-gone',
    'the agent, which holds the tunnels, ended before it had answered',
    'type: bai-win logs    to see why, and, to start it anew: bai-win up',
  );
}
