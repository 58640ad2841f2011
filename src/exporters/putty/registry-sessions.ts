import type { RegistryValue } from '../../changes/change.js';
import type { Snapshot } from '../../changes/snapshot.js';
import { findRegistryValue, registryChanges } from '../registry.js';
import { escapeRegistryName, unescapeName } from './escape.js';
import { defaultSettings, notInherited } from './session-store.js';
import type { SessionStore, SessionValues } from './session-store.js';

const toRegistry = (value: string | number): RegistryValue =>
  typeof value === 'number' ? { type: 'dword', data: value } : { type: 'sz', data: value };

/** Sessions in the registry, one key each below `sessionsKey` (`...\PuTTY\Sessions`). */
export function registrySessions(sessionsKey: string, now: Snapshot): SessionStore {
  const keys = new Map(
    now.registrySubkeys(sessionsKey).map((stored) => [unescapeName(stored), stored]),
  );
  const keyOf = (session: string): string =>
    `${sessionsKey}\\${keys.get(session) ?? escapeRegistryName(session)}`;

  const update = (session: string, values: SessionValues, title: string) =>
    Object.entries(values).flatMap(([name, value]) =>
      registryChanges({ stage: 'entry', title, key: keyOf(session) }, name, toRegistry(value), now),
    );

  return {
    names: () => [...keys.keys()],
    get(session, value) {
      const found = keys.has(session) ? findRegistryValue(now, keyOf(session), value) : undefined;
      return found ? String(found.value.data) : null;
    },
    create(session, values, title) {
      const target = { stage: 'entry', title, key: keyOf(session) } as const;
      const look = [...(now.registryKey(keyOf(defaultSettings)) ?? [])].filter(
        ([name]) => name !== '' && !(name in values) && !notInherited.has(name),
      );
      return [
        ...look.flatMap(([name, value]) => registryChanges(target, name, value, now)),
        ...update(session, values, title),
      ];
    },
    update,
    remove(session, title) {
      const target = { stage: 'entry', title, key: keyOf(session) } as const;
      const names = [...(now.registryKey(target.key)?.keys() ?? [])];
      return names.flatMap((name) => registryChanges(target, name, null, now));
    },
  };
}
