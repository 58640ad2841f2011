import path from 'node:path';
import type { Change, RegistryValue } from '../../src/changes/change.js';
import type { Snapshot, Sources } from '../../src/changes/snapshot.js';
import type { Exporter, Machine } from '../../src/exporters/exporter.js';
import type { Site } from '../../src/exporters/site.js';

/** Registry keys with their values, as a test writes them down. */
export type Registry = Record<string, Record<string, string | number>>;

/**
 * A machine in memory: files by path and registry keys, which apply changes as the real one does. It
 * checks that the `before` of each change is what is there, and answers only for `sources`.
 */
export class World implements Snapshot {
  readonly machine: Machine;
  readonly files = new Map<string, Buffer>();
  readonly registry = new Map<string, Map<string, RegistryValue>>();
  readonly #paths: path.PlatformPath;

  constructor(
    machine: Machine,
    files: Record<string, string | Buffer> = {},
    registry: Registry = {},
  ) {
    this.machine = machine;
    this.#paths = machine.platform === 'win32' ? path.win32 : path.posix;
    for (const [name, content] of Object.entries(files)) this.files.set(name, Buffer.from(content));
    for (const [key, values] of Object.entries(registry)) {
      const entries = Object.entries(values).map(([name, data]): [string, RegistryValue] => [
        name,
        typeof data === 'number' ? { type: 'dword', data } : { type: 'sz', data },
      ]);
      this.registry.set(key, new Map(entries));
    }
  }

  file(name: string): Buffer | null {
    return this.files.get(name) ?? null;
  }

  directory(name: string): readonly string[] | null {
    const inside = [...this.files.keys()].filter((file) => file.startsWith(name + this.#paths.sep));
    if (inside.length === 0) return null;
    return inside
      .filter((file) => this.#paths.dirname(file) === name)
      .map((file) => this.#paths.basename(file))
      .sort();
  }

  registryKey(key: string): ReadonlyMap<string, RegistryValue> | null {
    const values = this.registry.get(key);
    if (values) return values;
    return this.registrySubkeys(key).length > 0 ? new Map() : null;
  }

  registrySubkeys(key: string): readonly string[] {
    const below = [...this.registry.keys()].filter((other) => other.startsWith(`${key}\\`));
    return [...new Set(below.map((other) => other.slice(key.length + 1).split('\\')[0] ?? ''))];
  }

  apply(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.kind === 'file') {
        expectSame(change.path, this.file(change.path), change.before);
        if (change.after) this.files.set(change.path, change.after);
        else this.files.delete(change.path);
        continue;
      }
      const values = this.registry.get(change.key) ?? new Map<string, RegistryValue>();
      expectSame(change.key, values.get(change.name) ?? null, change.before);
      if (change.after) values.set(change.name, change.after);
      else values.delete(change.name);
      if (values.size > 0) this.registry.set(change.key, values);
      else this.registry.delete(change.key);
    }
  }

  /** Everything there is, to be compared. */
  state(): unknown {
    return {
      files: Object.fromEntries(
        [...this.files].map(([name, bytes]) => [name, bytes.toString('latin1')]),
      ),
      registry: Object.fromEntries(
        [...this.registry].map(([key, v]) => [key, Object.fromEntries(v)]),
      ),
    };
  }

  /** The text of a file that must be there. */
  text(name: string): string {
    const bytes = this.files.get(name);
    if (!bytes) throw new Error(`no file ${name}; there are ${[...this.files.keys()].join(', ')}`);
    return bytes.toString('utf8');
  }
}

function expectSame(what: string, found: unknown, expected: unknown): void {
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    throw new Error(`the "before" of ${what} is not what is there`);
  }
}

/** The world as an exporter may see it: asking for what it did not announce throws. */
export function announced(world: World, exporter: Exporter): Snapshot {
  const usual = [exporter.sources(world.machine)];
  const more = exporter.moreSources?.(world.machine, limited(world, usual, exporter.id));
  return limited(world, more ? [...usual, more] : usual, exporter.id);
}

function limited(world: World, parts: readonly Sources[], id: string): Snapshot {
  const sources = {
    files: parts.flatMap(({ files }) => files),
    directories: parts.flatMap(({ directories }) => directories),
    registryKeys: parts.flatMap(({ registryKeys }) => registryKeys),
  };
  const paths = world.machine.platform === 'win32' ? path.win32 : path.posix;
  const check = (ok: boolean, what: string): void => {
    if (!ok) throw new Error(`${what} is not among the sources of ${id}`);
  };
  const knownKey = (key: string): boolean =>
    sources.registryKeys.some((known) => key === known || key.startsWith(`${known}\\`));
  return {
    file(name) {
      check(
        sources.files.includes(name) || sources.directories.includes(paths.dirname(name)),
        `file ${name}`,
      );
      return world.file(name);
    },
    directory(name) {
      check(sources.directories.includes(name), `directory ${name}`);
      return world.directory(name);
    },
    registryKey(key) {
      check(knownKey(key), `key ${key}`);
      return world.registryKey(key);
    },
    registrySubkeys(key) {
      check(knownKey(key), `key ${key}`);
      return world.registrySubkeys(key);
    },
  };
}

export const windows: Machine = {
  platform: 'win32',
  home: 'C:\\Users\\kim',
  env: {
    AppData: 'C:\\Users\\kim\\AppData\\Roaming',
    LOCALAPPDATA: 'C:\\Users\\kim\\AppData\\Local',
    ProgramFiles: 'C:\\Program Files',
  },
};

export const linux: Machine = {
  platform: 'linux',
  home: '/home/kim',
  env: {},
};

/** The bench RSA host key of fixtures/exporters/host-keys.txt. */
export const rsaBlob = Buffer.from(
  'AAAAB3NzaC1yc2EAAAADAQABAAABAQDWiyh9B6lXeqzcYUKPR5yGFkX/gPim0yfDagY4qQk5RF+2nHT+A5eBY2IScIDHkHcmYBzVuGQCACCBfJh4KKHnlIYPvGsxkx2AxvB3hZq6G3LfP6NEja4yMDj0MJ5YYtMV92MrKpgfDdpksdo5WjL6N0SYOdug+ZJqww8pyK4T5Z8yyoZyfYrOpxiK79d5jG4sirQtOFL0ZuENFsvEFDoqjUv6B4pOeoRiuvRcNELG4+0d9WFe+CXSryNp5RIpc7gO1GkxRP/vwTxVV1dr5eTV6iu8xYV8Fnlfl543WLCs9GLsn72oMbZ3vO9XXvJM6OpZiRveOvsQYeolDBTu4RFD',
  'base64',
);

/** The bench Ed25519 host key of fixtures/exporters/host-keys.txt. */
export const ed25519Blob = Buffer.from(
  'AAAAC3NzaC1lZDI1NTE5AAAAIKLWKp41oqzovIryQ+mCnU43bcnABI+TF7vA/6LLBBlG',
  'base64',
);

/** The site of session `demo`, with anything else that a test wants. */
export function siteOf(machine: Machine, other: Partial<Site> = {}): Site {
  const home = machine.platform === 'win32' ? 'C:\\Users\\kim\\keys\\' : '/home/kim/keys/';
  return {
    id: 'demo-1a2b3c4d',
    name: 'demo',
    host: '127.0.0.1',
    port: 22022,
    user: 'work',
    remoteDirectory: '/home/work',
    ppkPath: `${home}demo.ppk`,
    keyPath: `${home}demo`,
    hostKeyBlob: rsaBlob,
    ...other,
  };
}
