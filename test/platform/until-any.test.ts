import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { orAborted } from '../../src/platform/or-aborted.js';
import { untilAny } from '../../src/platform/until-any.js';

const never = new Promise<never>(() => undefined);

it.each([0, 1])('ends with signal %i, and leaves nothing in any of them', async (which) => {
  const ends = [new AbortController(), new AbortController()];
  const signals = ends.map(({ signal }) => signal);
  const reason = new Error('enough');
  const ended = untilAny(signals, (signal) => orAborted(never, signal));
  ends[which]?.abort(reason);
  await expect(ended).rejects.toBe(reason);
  await expect(untilAny(signals, (signal) => orAborted(never, signal))).rejects.toBe(reason);
  expect(await untilAny(signals, () => Promise.resolve(1))).toBe(1);
  for (const signal of signals) expect(getEventListeners(signal, 'abort')).toEqual([]);
});
