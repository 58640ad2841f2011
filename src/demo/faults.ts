import type { ProblemName } from './problems.js';

/**
 * What the manager says instead of an answer: a problem by its name, `html` (a page, as a wrong
 * address gives), `stall` (nothing, for ever), `reset` (the connection is cut).
 */
export type FaultAnswer = ProblemName | 'html' | 'stall' | 'reset';

interface PlannedAnswer {
  readonly answer: FaultAnswer;
  /** Which targets (path and query) it applies to. */
  readonly target: RegExp;
  /** How many requests are left to be answered so. */
  times: number;
}

/** What is wrong with the demo right now. */
export interface Faults {
  /** Milliseconds that the server's clock is ahead. */
  clockSkew: number;
  /** Milliseconds before a WebSocket upgrade is answered. */
  upgradeDelay: number;
  /** Tunnels accept and then move nothing, not even PONG. */
  stalledTunnels: boolean;
  readonly answers: PlannedAnswer[];
}

export function noFaults(): Faults {
  return { clockSkew: 0, upgradeDelay: 0, stalledTunnels: false, answers: [] };
}

/** Takes the next planned answer for a target, if there is one. */
export function takeFault(faults: Faults, target: string): FaultAnswer | null {
  const planned = faults.answers.find((entry) => entry.target.test(target));
  if (planned === undefined) return null;
  planned.times -= 1;
  if (planned.times <= 0) faults.answers.splice(faults.answers.indexOf(planned), 1);
  return planned.answer;
}
