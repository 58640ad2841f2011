import type { RegistryChange, RegistryValue, Stage } from '../changes/change.js';
import type { Snapshot } from '../changes/snapshot.js';

/** What goes into the changes of one registry key besides its values. */
interface RegistryTarget {
  readonly stage: Stage;
  readonly title: string;
  readonly key: string;
  readonly keepKey?: boolean;
}

/** The stored name and value of a registry value; names are compared without regard to case. */
export function findRegistryValue(
  now: Snapshot,
  key: string,
  name: string,
): { name: string; value: RegistryValue } | undefined {
  for (const [stored, value] of now.registryKey(key) ?? []) {
    if (stored.toLowerCase() === name.toLowerCase()) return { name: stored, value };
  }
  return undefined;
}

/** Whether a key or one below it has a value; keys alone remain of a client that was taken out again. */
export function hasValues(now: Snapshot, key: string): boolean {
  return (
    (now.registryKey(key)?.size ?? 0) > 0 ||
    now.registrySubkeys(key).some((name) => hasValues(now, `${key}\\${name}`))
  );
}

/** The change that gives a registry value new data (`null` deletes it); none where it has them. */
export function registryChanges(
  target: RegistryTarget,
  name: string,
  after: RegistryValue | null,
  now: Snapshot,
): RegistryChange[] {
  const found = findRegistryValue(now, target.key, name);
  const before = found?.value ?? null;
  if (before?.type === after?.type && before?.data === after?.data) return [];
  return [{ kind: 'registry', ...target, name: found?.name ?? name, before, after }];
}
