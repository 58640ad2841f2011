/**
 * Does `work` with a signal that the first of `signals` aborts, with its reason. What lives long keeps
 * nothing of it: `AbortSignal.any` leaves an entry in each of its sources (seen in Node 20).
 *
 * @throws what `work` fails with
 */
export async function untilAny<T>(
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = new AbortController();
  const abort = (): void => {
    end.abort(signals.find(({ aborted }) => aborted)?.reason);
  };
  if (signals.some(({ aborted }) => aborted)) abort();
  for (const signal of signals) signal.addEventListener('abort', abort);
  try {
    return await work(end.signal);
  } finally {
    for (const signal of signals) signal.removeEventListener('abort', abort);
  }
}
