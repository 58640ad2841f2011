/**
 * The first of `base`, `base<separator>2`, `base<separator>3`, … that is free. A user's own entry
 * keeps its name; ours is numbered. Names that differ only in case count as the same.
 */
export function firstFreeName(base: string, separator: string, taken: Iterable<string>): string {
  const used = new Set([...taken].map((name) => name.toLowerCase()));
  let name = base;
  for (let n = 2; used.has(name.toLowerCase()); n++) name = `${base}${separator}${n}`;
  return name;
}
