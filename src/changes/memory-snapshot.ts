import { CaseMap, foldCase } from '../platform/case-map.js';
import type { RegistryValue } from './change.js';
import type { RegistryKey, Snapshot } from './snapshot.js';

/** What a snapshot was taken of, and what was found. */
interface SnapshotContents {
  /** Every file that was looked at; `null` where there was none. */
  readonly files?: Iterable<readonly [path: string, bytes: Buffer | null]>;
  /** Every directory that was looked at, with the names of its files; `null` where there was none. */
  readonly directories?: Iterable<readonly [path: string, names: readonly string[] | null]>;
  /** Reads a file of one of these directories, when somebody asks for it. */
  readonly readListed?: (path: string) => Buffer | null;
  /** Every registry key that was looked at, whether it exists or not; all keys below are included. */
  readonly registryRoots?: Iterable<string>;
  /** The keys that exist, with their values. Keys on the way from a root exist too. */
  readonly registryKeys?: Iterable<
    readonly [key: string, values: Iterable<readonly [name: string, value: RegistryValue]>]
  >;
}

/** A snapshot that is held in memory. */
export class MemorySnapshot implements Snapshot {
  readonly #files: Map<string, Buffer | null>;
  readonly #directories: ReadonlyMap<string, readonly string[] | null>;
  readonly #readListed: (path: string) => Buffer | null;
  readonly #roots: readonly string[];
  readonly #keys = new CaseMap<CaseMap<RegistryValue>>();

  constructor(contents: SnapshotContents) {
    this.#files = new Map(contents.files);
    this.#directories = new Map(contents.directories);
    this.#readListed = contents.readListed ?? (() => null);
    this.#roots = [...(contents.registryRoots ?? [])];
    for (const [key, values] of contents.registryKeys ?? []) {
      const stored = this.#openKey(key);
      for (const [name, value] of values) stored.set(name, value);
    }
  }

  file(path: string): Buffer | null {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const bytes = this.#isInDirectory(path) ? this.#readListed(path) : null;
    this.#files.set(path, bytes);
    return bytes;
  }

  directory(path: string): readonly string[] | null {
    const names = this.#directories.get(path);
    if (names === undefined) throw notTaken(path);
    return names === null ? null : [...names].sort();
  }

  registryKey(key: string): RegistryKey | null {
    this.#rootOf(key);
    return this.#keys.get(key) ?? null;
  }

  registrySubkeys(key: string): readonly string[] {
    this.#rootOf(key);
    const prefix = foldCase(`${key}\\`);
    return [...this.#keys.keys()]
      .filter((other) => foldCase(other).startsWith(prefix))
      .map((other) => other.slice(prefix.length))
      .filter((name) => !name.includes('\\'));
  }

  /**
   * Whether the directory of a file is there. Either separator ends a directory, since plans for
   * Windows are tested elsewhere.
   */
  #isInDirectory(path: string): boolean {
    for (const [directory, names] of this.#directories) {
      const name = path.slice(directory.length + 1);
      const separated = ['/', '\\'].includes(path.charAt(directory.length));
      if (separated && path.startsWith(directory) && !/[/\\]/.test(name)) return names !== null;
    }
    throw notTaken(path);
  }

  /** The root that `key` is or lies below. */
  #rootOf(key: string): string {
    const path = foldCase(`${key}\\`);
    const root = this.#roots.find((other) => path.startsWith(foldCase(`${other}\\`)));
    if (root === undefined) throw notTaken(key);
    return root;
  }

  /** Makes a key exist, and those between its root and it, as the registry does. */
  #openKey(key: string): CaseMap<RegistryValue> {
    let end = this.#rootOf(key).length;
    for (; end > 0; end = key.indexOf('\\', end + 1)) {
      const parent = key.slice(0, end);
      if (!this.#keys.has(parent)) this.#keys.set(parent, new CaseMap());
    }
    const values = this.#keys.get(key) ?? new CaseMap<RegistryValue>();
    this.#keys.set(key, values);
    return values;
  }
}

function notTaken(subject: string): Error {
  return new Error(`the snapshot was not taken of ${subject}`);
}
