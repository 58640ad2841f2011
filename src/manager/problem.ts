import type { HttpAnswer } from './transport.js';

/** An error as the manager describes it (protocol section 1.6), cleaned for a terminal. */
export interface Problem {
  /** Last part of the type URI, e.g. `auth-failed`; empty where the answer has none. */
  readonly slug: string;
  readonly title: string;
  /** The specific text, since it says more than the title; empty where there is none. */
  readonly msg: string;
  /** What the agent said: its exception, else its title; empty where there is none. */
  readonly agent: string;
  readonly data: unknown;
}

/**
 * The longest text of a server that is repeated in an error; a Python traceback would otherwise bury
 * the hint.
 */
const MAX_QUOTED = 300;

/** Reads a problem document; `undefined` where the body is not one. */
export function readProblem(answer: HttpAnswer): Problem | undefined {
  const body = parseJson(answer.body);
  if (!isRecord(body)) return undefined;
  const details = isRecord(body['agent-details']) ? body['agent-details'] : {};
  const type = typeof body['type'] === 'string' ? body['type'] : '';
  return {
    slug: type.split('/').at(-1) ?? '',
    title: quotable(body['title']),
    msg: quotable(body['msg']),
    agent: quotable(details['exception']) || quotable(details['title']),
    data: body['data'],
  };
}

/** What the server said, the most specific text first. */
export function problemText(problem: Problem): string {
  const parts = [problem.msg || problem.title, problem.agent];
  if (typeof problem.data === 'string') parts.push(quotable(problem.data));
  return parts.filter((part) => part !== '').join('; ') || 'no reason given';
}

/** The value of a JSON text, or `undefined` where it is none. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One line without control characters: a server must not steer the terminal. */
function quotable(value: unknown): string {
  if (typeof value !== 'string') return '';
  const line = value
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .replace(/\.$/u, '');
  return line.length > MAX_QUOTED ? `${line.slice(0, MAX_QUOTED)}…` : line;
}
