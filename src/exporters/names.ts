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

/** Whether `name` is one that `firstFreeName` makes of `base`; another one was given by the user. */
export function isMadeOf(name: string, base: string, separator: string): boolean {
  const rest = name.startsWith(base) ? name.slice(base.length) : null;
  return rest === '' || isNumber(rest, separator);
}

/** Whether `name` is `base` with a number, since others have `base`. */
export function isNumbered(name: string, base: string, separator: string): boolean {
  return name !== base && isMadeOf(name, base, separator);
}

const isNumber = (rest: string | null, separator: string): boolean =>
  rest !== null && rest.startsWith(separator) && /^\d+$/.test(rest.slice(separator.length));

/** Longest name that is taken over: clients show names in narrow lists. */
const maxPlainLength = 64;

/**
 * A name for clients that read only ASCII: each run of characters that `forbidden` (global) matches
 * becomes `-`. `undefined` where the name is not ASCII, too long, or nothing of it is left.
 */
export function plainName(name: string, forbidden: RegExp): string | undefined {
  if (!/^[\x20-\x7e]+$/.test(name)) return undefined;
  const plain = name
    .trim()
    .replace(forbidden, '-')
    .replace(/^-+|-+$/g, '');
  return plain === '' || plain.length > maxPlainLength ? undefined : plain;
}
