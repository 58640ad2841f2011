import { listFiles, readFileIfExists, readFileIfExistsSync } from '../platform/read-file.js';
import { foldCase } from '../platform/case-map.js';
import { parseRegFile, type RegData, type RegTree } from '../platform/reg-file.js';
import type { Registry } from '../platform/registry.js';
import type { RegistryValue } from './change.js';
import { MemorySnapshot } from './memory-snapshot.js';
import type { Sources } from './snapshot.js';

/**
 * Reads what a plan has to know. Nothing is written. Files of directories are read when they are asked
 * for: a directory of programs holds gigabytes that nobody asks for.
 * @param registry `null` on machines that have none: there every key is absent
 * @throws BaiError where something is there and cannot be read
 */
export async function takeSnapshot(
  sources: Sources,
  registry: Registry | null,
): Promise<MemorySnapshot> {
  const roots = outermost(sources.registryKeys);
  const [files, directories, trees] = await Promise.all([
    each(sources.files, readFileIfExists),
    each(sources.directories, listFiles),
    each(roots, async (root) => {
      const exported = registry === null ? null : await registry.exportKey(root);
      return exported === null ? [] : writableValues(parseRegFile(exported));
    }),
  ]);
  return new MemorySnapshot({
    files,
    directories,
    readListed: readFileIfExistsSync,
    registryRoots: roots,
    registryKeys: trees.flatMap(([, keys]) => keys),
  });
}

function each<T>(names: readonly string[], read: (name: string) => Promise<T>) {
  return Promise.all([...new Set(names)].map(async (name) => [name, await read(name)] as const));
}

/** An export holds all keys below the one asked for: asking for those too would only take time. */
function outermost(keys: readonly string[]): string[] {
  const unique = new Map(keys.map((key) => [foldCase(`${key}\\`), key]));
  const folded = [...unique.keys()];
  return [...unique]
    .filter(([key]) => !folded.some((other) => other !== key && key.startsWith(other)))
    .map(([, key]) => key);
}

type KeyWithValues = readonly [string, (readonly [string, RegistryValue])[]];

/** Without the values of types that no client of ours uses; `applyPlan` refuses to overwrite one. */
function writableValues(tree: RegTree): KeyWithValues[] {
  return [...tree].map(([key, values]) => [
    key,
    [...values].filter((entry): entry is [string, RegistryValue] => isWritable(entry[1])),
  ]);
}

function isWritable(data: RegData): data is RegistryValue {
  return data.type !== 'other';
}
