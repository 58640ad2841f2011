/**
 * The one of `words` that a mistyped word most likely means: the only one that begins with it, else the
 * one that differs in the fewest letters. `undefined` where none is near.
 */
export function nearest(typed: string, words: readonly string[]): string | undefined {
  const begun = words.filter((word) => typed.length > 1 && word.startsWith(typed));
  if (begun.length === 1) return begun[0];
  const near = words
    .map((word) => ({ word, typos: typosBetween(typed, word) }))
    // One letter in three: else every short word is near to every other.
    .filter(({ word, typos }) => typos <= Math.max(word.length, typed.length) / 3)
    .sort((a, b) => a.typos - b.typos);
  return near[0]?.word;
}

/**
 * How many letters are wrong, missing, too many or swapped with their neighbour: the optimal string
 * alignment distance (Damerau 1964, Levenshtein 1966).
 */
function typosBetween(a: string, b: string): number {
  const rows: number[][] = [];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Infinity;
  for (let i = 0; i <= a.length; i++) {
    const row: number[] = [];
    rows.push(row);
    for (let j = 0; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        i === 0 || j === 0
          ? i + j
          : Math.min(
              at(i - 1, j) + 1,
              at(i, j - 1) + 1,
              at(i - 1, j - 1) + change,
              isSwap ? at(i - 2, j - 2) + 1 : Infinity,
            ),
      );
    }
  }
  return at(a.length, b.length);
}
