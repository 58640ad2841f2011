import type { Change } from '../../changes/change.js';
import type { Snapshot } from '../../changes/snapshot.js';
import { fileChanges } from '../files.js';
import { appendLines, lineContent, refuseWideText, removeLines, splitLines } from '../lines.js';
import { findRegistryValue, registryChanges } from '../registry.js';
import type { Site } from '../site.js';
import { escapeRegistryName } from './escape.js';
import { hostKeyIds } from './host-key.js';
import type { CachedHostKey } from './host-key.js';

/** The server that an entry of the cache is for; with LogHost set, that name and port 22. */
interface CachedHost {
  readonly host: string;
  /** 1–65535. */
  readonly port: number;
}

/** LogHost without a port stands for port 22 in the cache, whatever port the session uses. */
export const cachedHostOf = (site: Site): CachedHost => ({ host: site.id, port: 22 });

/** PuTTY's cache of host keys, one entry for each key type of a host and port. */
export interface HostKeyCache {
  /** The changes that make `key` the only one known of a host. */
  put(host: CachedHost, key: CachedHostKey, title: string): Change[];
  /** The changes that forget a host; with `only`, just the entry that holds that very key. */
  remove(host: CachedHost, title: string, only?: CachedHostKey): Change[];
  /** The names of its entries, see `entryName`. */
  names(): string[];
}

/** The name of an entry: key type, port, host. */
export const entryName = (id: string, { host, port }: CachedHost): string =>
  `${id}@${port}:${host}`;

/** The ports of a host that a cache has entries for. */
export function portsOf(cache: HostKeyCache, host: string): number[] {
  return cache.names().flatMap((name) => {
    const [, port, named] = /@(\d+):(.*)$/.exec(name) ?? [];
    return named === host ? Number(port) : [];
  });
}

/** The cache in the registry: a value for each entry in `key` (`...\PuTTY\SshHostKeys`). */
export function registryHostKeys(key: string, now: Snapshot): HostKeyCache {
  const set = (host: CachedHost, id: string, data: string | null, title: string): Change[] =>
    registryChanges(
      { stage: 'host-key', title, key },
      entryName(id, { ...host, host: escapeRegistryName(host.host) }),
      data === null ? null : { type: 'sz', data },
      now,
    );
  return {
    put: (host, entry, title) =>
      hostKeyIds.flatMap((id) => set(host, id, id === entry.id ? entry.value : null, title)),
    remove: (host, title, only) =>
      hostKeyIds
        .filter((id) => {
          if (!only) return true;
          const name = entryName(id, { ...host, host: escapeRegistryName(host.host) });
          return id === only.id && findRegistryValue(now, key, name)?.value.data === only.value;
        })
        .flatMap((id) => set(host, id, null, title)),
    names: () => [...(now.registryKey(key)?.keys() ?? [])],
  };
}

/**
 * The cache as a file of `<name> <value>` lines, as PuTTY keeps it off Windows.
 * @throws BaiError `lines-encoding`
 */
export function fileHostKeys(file: string, now: Snapshot): HostKeyCache {
  const before = now.file(file);
  const text = before?.toString('latin1') ?? '';
  refuseWideText(text, file);
  const target = (title: string) => ({ stage: 'host-key', title, path: file }) as const;

  const nameOf = (line: string): string => lineContent(line).split(' ', 1)[0] ?? '';

  return {
    put(host, entry, title) {
      const wanted = `${entryName(entry.id, host)} ${entry.value}`;
      const names = new Set(hostKeyIds.map((id) => entryName(id, host)));
      const isKnown = (line: string): boolean => names.has(nameOf(line));
      const lines = splitLines(text);
      const first = lines.findIndex(isKnown);
      const replaced = lines.flatMap((line, index) => {
        if (!isKnown(line)) return [line];
        return index === first ? [wanted + line.slice(lineContent(line).length)] : [];
      });
      const after = first === -1 ? appendLines(text, [wanted]) : replaced.join('');
      return fileChanges(target(title), before, Buffer.from(after, 'latin1'));
    },
    remove(host, title, only) {
      if (before === null) return [];
      const names = new Set(hostKeyIds.map((id) => entryName(id, host)));
      const after = removeLines(text, (content) =>
        only ? content === `${entryName(only.id, host)} ${only.value}` : names.has(nameOf(content)),
      );
      if (after === text) return [];
      return fileChanges(target(title), before, after === '' ? null : Buffer.from(after, 'latin1'));
    },
    names: () => splitLines(text).map(nameOf),
  };
}
