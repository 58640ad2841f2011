import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../platform/package-root.js';

/** Version of this program, from its package.json. */
export async function programVersion(): Promise<string> {
  const text = await readFile(join(packageRoot(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Whether version `a` comes after `b`, number by number; what follows a `-` does not count. */
export function isNewer(a: string, b: string): boolean {
  const numbers = (version: string): number[] =>
    (version.split('-', 1)[0] ?? '').split('.').map(Number);
  const theirs = numbers(b);
  for (const [index, number] of numbers(a).entries()) {
    const other = theirs[index] ?? 0;
    if (number !== other) return number > other;
  }
  return false;
}
