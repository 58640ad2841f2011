import type { Change, RegistryChange, RegistryValue } from '../changes/change.js';
import type { RegistryKey, Snapshot } from '../changes/snapshot.js';
import type { Machine } from './exporter.js';
import { pathsOf } from './machine.js';

function withRegistry(values: RegistryKey | null, changes: readonly RegistryChange[]) {
  if (changes.length === 0) return values;
  const result = new Map<string, RegistryValue>(values ?? []);
  for (const { name, after } of changes) {
    const stored = [...result.keys()].find((key) => key.toLowerCase() === name.toLowerCase());
    if (after === null) result.delete(stored ?? name);
    else result.set(stored ?? name, after);
  }
  return result;
}

/** The machine as it will be once changes are applied, so that the next plan can build on them. */
export function overlay(now: Snapshot, changes: readonly Change[], machine: Machine): Snapshot {
  const paths = pathsOf(machine);
  const fold = (text: string): string => (machine.platform === 'win32' ? text.toLowerCase() : text);
  const files = changes.filter((change) => change.kind === 'file');
  const registry = changes.filter((change) => change.kind === 'registry');
  const registryKey = (key: string): RegistryKey | null => {
    const own = registry.filter((change) => change.key.toLowerCase() === key.toLowerCase());
    const values = withRegistry(now.registryKey(key), own);
    const emptied = own.length > 0 && values?.size === 0;
    return emptied && registrySubkeys(key).length === 0 ? null : values;
  };
  const exists = (key: string): boolean =>
    registryKey(key) !== null || registrySubkeys(key).length > 0;
  const registrySubkeys = (key: string): readonly string[] => {
    const prefix = `${key}\\`.toLowerCase();
    const names = new Map(now.registrySubkeys(key).map((name) => [name.toLowerCase(), name]));
    for (const change of registry) {
      if (!change.key.toLowerCase().startsWith(prefix)) continue;
      const name = change.key.slice(prefix.length).split('\\', 1)[0] ?? '';
      if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
      if (!exists(`${key}\\${name}`)) names.delete(name.toLowerCase());
    }
    return [...names.values()];
  };

  return {
    file(path) {
      const change = files.find((candidate) => fold(candidate.path) === fold(path));
      return change ? change.after : now.file(path);
    },
    directory(path) {
      const names = new Set(now.directory(path));
      const own = files.filter((change) => fold(paths.dirname(change.path)) === fold(path));
      for (const change of own) {
        if (change.after === null) names.delete(paths.basename(change.path));
        else names.add(paths.basename(change.path));
      }
      const exists = now.directory(path) !== null || names.size > 0;
      return exists ? [...names].sort() : null;
    },
    registryKey,
    registrySubkeys,
  };
}
