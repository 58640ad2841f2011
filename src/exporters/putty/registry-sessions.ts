import type { RegistryValue } from '../../changes/change.js';
import type { Snapshot } from '../../changes/snapshot.js';
import { findRegistryValue, registryChanges } from '../registry.js';
import { decodeAnsi } from './code-page.js';
import { escapeRegistryName, unescapeBytes } from './escape.js';
import { defaultSettings, notInherited } from './session-store.js';
import type { SessionStore, SessionUpdate } from './session-store.js';

/** How a client of the family writes names and texts, and what a new session begins with. */
interface RegistryDialect {
  readonly escapeName: (name: string) => string;
  readonly unescapeName: (escaped: string) => string;
  readonly encodeText: (text: string, value: string) => string;
  readonly decodeText: (data: string, value: string) => string;
  /** The session whose look a new one takes over; `null` for none. */
  readonly template: string | null;
}

/** PuTTY and KiTTY: texts stand as they are, and names in the code page of the machine. */
const puttyDialect = (now: Snapshot): RegistryDialect => ({
  escapeName: escapeRegistryName,
  unescapeName: (escaped) =>
    escaped.includes('%') ? decodeAnsi(unescapeBytes(escaped), now) : escaped,
  encodeText: (text) => text,
  decodeText: (data) => data,
  template: defaultSettings,
});

/**
 * Sessions in the registry, one key each below `sessionsKey` (`...\PuTTY\Sessions`); without a dialect
 * `codePageKey` is looked at too.
 */
export function registrySessions(
  sessionsKey: string,
  now: Snapshot,
  dialect: RegistryDialect = puttyDialect(now),
): SessionStore {
  const keys = new Map(
    now.registrySubkeys(sessionsKey).map((stored) => [dialect.unescapeName(stored), stored]),
  );
  const keyOf = (session: string): string =>
    `${sessionsKey}\\${keys.get(session) ?? dialect.escapeName(session)}`;
  const toRegistry = (name: string, value: string | number | null): RegistryValue | null =>
    value === null
      ? null
      : typeof value === 'number'
        ? { type: 'dword', data: value }
        : { type: 'sz', data: dialect.encodeText(value, name) };

  const set = (session: string, values: SessionUpdate, title: string) =>
    Object.entries(values).flatMap(([name, value]) =>
      registryChanges(
        { stage: 'entry', title, key: keyOf(session) },
        name,
        toRegistry(name, value),
        now,
      ),
    );
  const remove = (session: string, title: string) => {
    const target = { stage: 'entry', title, key: keyOf(session) } as const;
    const names = [...(now.registryKey(target.key)?.keys() ?? [])];
    return names.flatMap((name) => registryChanges(target, name, null, now));
  };

  return {
    names: () => [...keys.keys()],
    get(session, value) {
      const found = keys.has(session) ? findRegistryValue(now, keyOf(session), value) : undefined;
      if (!found) return null;
      const { data } = found.value;
      return typeof data === 'string' ? dialect.decodeText(data, value) : String(data);
    },
    create(session, values, title) {
      const target = { stage: 'entry', title, key: keyOf(session) } as const;
      const template = dialect.template === null ? null : now.registryKey(keyOf(dialect.template));
      const look = [...(template ?? [])].filter(
        ([name]) => name !== '' && !(name in values) && !notInherited.has(name),
      );
      return [
        ...look.flatMap(([name, value]) => registryChanges(target, name, value, now)),
        ...set(session, values, title),
      ];
    },
    update(session, next, values, title) {
      if (next === session) return set(session, values, title);
      const target = { stage: 'entry', title, key: keyOf(next) } as const;
      const others = [...(now.registryKey(keyOf(session)) ?? [])].filter(
        ([stored]) => !Object.keys(values).some((n) => n.toLowerCase() === stored.toLowerCase()),
      );
      return [
        ...others.flatMap(([stored, value]) => registryChanges(target, stored, value, now)),
        ...set(next, values, title),
        ...remove(session, `${title}, which was "${session}"`),
      ];
    },
    remove,
  };
}
